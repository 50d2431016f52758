"""Registers the help with Django."""

from __future__ import annotations

from django.apps import AppConfig


class HelpConfig(AppConfig):
    """The application's name and label."""

    name = "imi.web.help"
    label = "help"
