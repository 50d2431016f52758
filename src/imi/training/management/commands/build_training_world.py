"""Build the training world, once."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from imi.training import build


class Command(BaseCommand):
    """``build_training_world``: does nothing where the world has been built before."""

    help = "Build the training world: invented authorities, people and a year of exchanges. Does nothing if it exists."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day as of which to build, and what makes the world smaller."""
        parser.add_argument("--reference-date", type=date.fromisoformat, help="the day the world is built for (today)")
        parser.add_argument("--countries", default="", help="only these countries, by code, with commas between")
        parser.add_argument("--exchanges", type=int, default=build.EXCHANGES, help="how many exchanges, about")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build, and say how far it is.

        Raises:
            CommandError: this is no training installation, or no procedure has been published.
        """
        if not settings.IMI_TRAINING:
            raise CommandError("this installation is not for training: IMI_TRAINING is not set")
        if build.is_built():
            self.stdout.write("the training world exists already")
            return
        started = time.monotonic()
        countries = [code.strip().upper() for code in options["countries"].split(",") if code.strip()]
        try:
            built = build.build(
                options["reference_date"] or timezone.now().date(),
                self.stdout.write,
                countries,
                options["exchanges"],
            )
        except build.NothingPublished as error:
            raise CommandError("publish the procedures first: publish_procedures") from error
        for reason, count in sorted(built.stopped.items()):
            self.stdout.write(f"stopped early, {count} times: {reason}")
        seconds = time.monotonic() - started
        self.stdout.write(f"{built.people} people, {built.exchanges} exchanges in {seconds:.0f} s")
