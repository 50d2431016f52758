"""How a session is turned back into a user."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from imi.accounts.models import User
from imi.database.prepared import prepared


class SessionBackend:
    """Loads the user of a session; people get in by :mod:`imi.accounts.gate`, so it authenticates nobody.

    Whatever way of proving who one is may come (a security code, an outside identity, a passkey), it ends in
    :func:`imi.accounts.gate.open_session` and this backend serves the session.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Refuse: a sign-in is counted and recorded, which Django's own ``authenticate`` does not do."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user with the authority, or None when the user or the authority is no longer active."""
        return _active.first(pk=user_id)


@prepared()
def _active(pk: int) -> QuerySet[User]:
    return User.objects.select_related("authority").filter(pk=pk, is_active=True, authority__active=True)
