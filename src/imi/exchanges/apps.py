"""Configuration of the exchanges app."""

from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    """Exchanges, their history and their projections."""

    name = "imi.exchanges"
    label = "exchanges"
    default_auto_field = "django.db.models.BigAutoField"
