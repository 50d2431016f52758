"""Registers the coordinators' desk with Django."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The application's name and label."""

    name = "imi.web.desk"
    label = "desk"
