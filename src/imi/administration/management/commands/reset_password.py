"""Have a temporary password mailed to a user whom no administrator can help."""

from __future__ import annotations

from django.core.management.base import CommandError

from imi.accounts.management.of_user import UserCommand
from imi.accounts.models import User
from imi.administration.staff_help import reset_by_operator


class Command(UserCommand):
    """``reset_password NAME``: for the operator; the password goes to the user by mail and is shown to nobody."""

    help = (
        "Mail a temporary password to a user. The old password, code, second factors, known devices and sessions end."
    )

    def done_for(self, user: User) -> str:
        """Issue it.

        Raises:
            CommandError: the user is not active.
        """
        if not user.is_active:
            raise CommandError("nobody who is active has this user name")
        reset_by_operator(user)
        return "a temporary password will be mailed to the user"
