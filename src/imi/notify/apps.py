"""Configuration of the notify app."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices and mail."""

    name = "imi.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
