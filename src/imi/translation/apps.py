"""Configuration of the translation app."""

from django.apps import AppConfig


class TranslationConfig(AppConfig):
    """Machine translation."""

    name = "imi.translation"
    label = "translation"
    default_auto_field = "django.db.models.BigAutoField"
