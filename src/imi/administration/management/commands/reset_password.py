"""Have a temporary password mailed to a user whom no administrator can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.accounts.models import User
from imi.administration.staff_help import reset_by_operator


class Command(BaseCommand):
    """``reset_password NAME``: for the operator; the password goes to the user by mail and is shown to nobody."""

    help = (
        "Mail a temporary password to a user. The old password, code, second factors, known devices and sessions end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username", help="the user name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Issue it.

        Raises:
            CommandError: nobody active has this user name.
        """
        user = User.objects.filter(username=options["username"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("nobody who is active has this user name")
        reset_by_operator(user)
        self.stdout.write("a temporary password will be mailed to the user")
