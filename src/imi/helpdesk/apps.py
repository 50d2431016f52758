"""The help desk as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    """Threads between authorities and coordinators, and the answers that coordinators publish."""

    name = "imi.helpdesk"
