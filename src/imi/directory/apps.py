"""The directory as a Django application."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Countries, authorities, concepts and holidays."""

    name = "imi.directory"
    label = "directory"
