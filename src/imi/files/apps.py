"""Configuration of the files app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Stored files."""

    name = "imi.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"
