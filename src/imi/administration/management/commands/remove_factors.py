"""Remove the second factors of somebody whom no administrator can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.accounts.models import User
from imi.administration.staff_help import remove_factors_by_operator


class Command(BaseCommand):
    """``remove_factors NAME``: for the operator, when the last administrator of a coordinator lost the telephone."""

    help = "Remove all second factors and recovery codes of a user. Password and security code stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username", help="the user name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Remove them.

        Raises:
            CommandError: nobody has this user name.
        """
        user = User.objects.filter(username=options["username"].strip().lower()).first()
        if user is None:
            raise CommandError("nobody has this user name")
        self.stdout.write(f"{remove_factors_by_operator(user)} second factors were removed; the user is told by mail")
