"""Change the key under which security codes are kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.accounts import keyring, resealing


class Command(BaseCommand):
    """``rotate_keys``: safe to repeat, also after it was interrupted, and while people sign in."""

    help = "Seal the security codes under a new key. Old keys stay in the ring until --forget."

    def add_arguments(self, parser: CommandParser) -> None:
        """What else than the whole change may be wanted."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--add", action="store_true", help="add a key and do not use it yet")
        which.add_argument("--finish", action="store_true", help="add no key: seal what an earlier run has left")
        which.add_argument("--forget", action="store_true", help="drop the old keys under which nothing is sealed")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it.

        Raises:
            CommandError: something is sealed under a key that is not in the ring.
        """
        if options["add"]:
            self.stdout.write(f"the key {keyring.add_key()} is in the ring and not used yet")
            return
        if options["forget"]:
            dropped = keyring.forget_keys(resealing.keys_needed())
            self.stdout.write(f"{len(dropped)} old keys were dropped")
            return
        if not options["finish"]:
            self.stdout.write(f"the key {keyring.use_newest_key()} seals from now on")
        done, lost = resealing.seal_anew()
        self.stdout.write(f"{done} secrets were sealed anew")
        if lost:
            raise CommandError(f"{lost} secrets cannot be read: their key is not in the ring")
