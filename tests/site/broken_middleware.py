"""A middleware that meets an absent database, as the session's does."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse


class SessionWithoutDatabase:
    """Fails before any view is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Fail as the session does when it reads its row."""
        raise OperationalError("connection refused")
