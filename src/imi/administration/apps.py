"""The administration as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    """Admissions, access, cards and relations of authorities, and the record of all that was done to them."""

    name = "imi.administration"
