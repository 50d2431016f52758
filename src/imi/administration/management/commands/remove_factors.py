"""Remove the second factors of somebody whom no administrator can help."""

from __future__ import annotations

from imi.accounts.management.of_user import UserCommand
from imi.accounts.models import User
from imi.administration.staff_help import remove_factors_by_operator


class Command(UserCommand):
    """``remove_factors NAME``: for the operator, when the last administrator of a coordinator lost the telephone."""

    help = "Remove all second factors and recovery codes of a user. Password and security code stay."

    def done_for(self, user: User) -> str:
        """Remove them."""
        return f"{remove_factors_by_operator(user)} second factors were removed; the user is told by mail"
