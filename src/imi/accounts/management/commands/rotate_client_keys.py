"""Change the keys by which this installation proves to identity providers who it is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imi.accounts.openid import client_keys


class Command(BaseCommand):
    """``rotate_client_keys``: in three steps, between which providers have time to fetch what is published."""

    help = "Change the keys of this installation at identity providers: --add, a day later --use, then --forget."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which step."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--add", action="store_true", help="publish new keys and do not use them yet")
        which.add_argument("--use", action="store_true", help="sign with the newest keys; the old ones stay published")
        which.add_argument("--forget", action="store_true", help="take away the keys before those that sign")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["add"]:
            self.stdout.write(f"the keys {client_keys.add()} are published and not used yet")
        elif options["use"]:
            self.stdout.write(f"the keys {client_keys.use_newest()} sign from now on")
        else:
            self.stdout.write(f"taken away: {', '.join(client_keys.forget_old()) or 'none'}")
