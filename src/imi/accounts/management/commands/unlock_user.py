"""Give a person who was locked out all attempts back."""

from __future__ import annotations

from imi.accounts.actions import unlock
from imi.accounts.management.of_user import UserCommand
from imi.accounts.models import User


class Command(UserCommand):
    """``unlock_user NAME``: for the operator, when nobody else can."""

    help = "Unlock a user after too many wrong attempts to sign in."

    def done_for(self, user: User) -> str:
        """Unlock."""
        unlock(user)
        return "the user can try again"
