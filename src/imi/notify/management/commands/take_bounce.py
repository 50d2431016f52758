"""Takes one report from standard input, for the pipe of a mail server."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from imi.notify import bounces, reports

TRY_AGAIN = 75
"""``EX_TEMPFAIL`` of sysexits: the mail server keeps the report and tries again."""


class Command(BaseCommand):
    """``take_bounce [ADDRESS]``: reads one mail; what is no report of ours is dropped, so that nothing is sent back."""

    help = "Take one mail that came back, from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address to which it came; without it the lines of the delivering server are asked."""
        parser.add_argument("address", nargs="?", default="", help="the return address to which the mail came")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take it; exit with 75 if the database is away."""
        raw = sys.stdin.buffer.read(reports.LARGEST + 1)
        given = [options["address"]] if options["address"] else reports.envelope_addresses(raw)
        ours = next((one for one in given if bounces.mail_of(one, timezone.now()) is not None), "")
        try:
            bounces.take(raw, ours)
        except DatabaseError:
            sys.exit(TRY_AGAIN)
