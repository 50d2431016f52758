"""The web application as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, their templates and static files."""

    name = "imi.web"
    label = "web"
