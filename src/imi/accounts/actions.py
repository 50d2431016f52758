"""The writes of the accounts, by subject in modules of their own, under one name for those who call them."""

from __future__ import annotations

from imi.accounts.credentials import issue_temporary_password
from imi.accounts.doors import unlock
from imi.accounts.gate import BACKEND, open_session, proceed, sign_out
from imi.accounts.history import forget_sign_ins
from imi.accounts.sessions import end_session, end_sessions
from imi.accounts.users import AccountError, NewUser, generate_username, hold, load_users, register_user, set_roles

__all__ = [
    "BACKEND",
    "AccountError",
    "NewUser",
    "end_session",
    "end_sessions",
    "forget_sign_ins",
    "generate_username",
    "hold",
    "issue_temporary_password",
    "load_users",
    "open_session",
    "proceed",
    "register_user",
    "set_roles",
    "sign_out",
    "unlock",
]
