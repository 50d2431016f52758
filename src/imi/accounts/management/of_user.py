"""What the operator's commands about one user share."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.accounts.models import User


class UserCommand(BaseCommand):
    """A command that names a user."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username", help="the user name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it for the user and say what was done.

        Raises:
            CommandError: nobody has this user name, or whoever has it cannot be helped in this way.
        """
        user = User.objects.filter(username=options["username"].strip().lower()).first()
        if user is None:
            raise CommandError("nobody has this user name")
        self.stdout.write(self.done_for(user))

    def done_for(self, user: User) -> str:
        """Do it for the user; what to say."""
        raise NotImplementedError
