"""The accounts as a Django application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, roles and sessions."""

    name = "imi.accounts"
    label = "accounts"
