"""Outreach as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    """Events, news, newsletters, announcements of what is planned, materials, access to the training copy."""

    name = "imi.outreach"
