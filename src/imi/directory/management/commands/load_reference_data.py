"""Load what every installation needs: countries, professions and activities, public holidays."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from imi.directory.actions import load_reference_data


class Command(BaseCommand):
    """``load_reference_data``: before the first use, after an update, and once a year for the holidays to come."""

    help = "Load countries, professions, activities and the public holidays of the years around this one."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load; what is there already stays."""
        load_reference_data(timezone.now().year)
