"""Add a public holiday that was announced late, and have running deadlines computed anew."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from imi.directory.actions import DirectoryError, add_holiday
from imi.exchanges.actions import recompute_deadlines


class Command(BaseCommand):
    """``add_holiday HU 2026-12-24 "Name"``: the worker moves running deadlines and tells the parties once."""

    help = "Add a public holiday of a country; running deadlines are computed anew and the parties told once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Country, date and name."""
        parser.add_argument("country", help="the two letters by which the Union names the country")
        parser.add_argument("date", type=date.fromisoformat, help="the day, e.g. 2026-12-24")
        parser.add_argument("name", help="the holiday's name in the country's language")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        """Add the day and queue the exchanges concerned.

        Raises:
            CommandError: there is no such country, the name is empty, or the day is a holiday already.
        """
        country = options["country"].upper()
        try:
            add_holiday(country, options["date"], options["name"])
        except DirectoryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{recompute_deadlines(country)} exchanges will be computed anew")
