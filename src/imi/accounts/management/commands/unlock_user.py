"""Give a person who was locked out all attempts back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.accounts.actions import unlock
from imi.accounts.models import User


class Command(BaseCommand):
    """``unlock_user NAME``: for the operator, when nobody else can."""

    help = "Unlock a user after too many wrong attempts to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username", help="the user name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Unlock.

        Raises:
            CommandError: nobody has this user name.
        """
        user = User.objects.filter(username=options["username"].strip().lower()).first()
        if user is None:
            raise CommandError("nobody has this user name")
        unlock(user)
        self.stdout.write("the user can try again")
