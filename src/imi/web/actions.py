"""Writes of the web application: what people choose for themselves."""

from __future__ import annotations

from imi.accounts.models import User


def set_language(user: User, language: str) -> None:
    """Keep the language that a person wants to read and be written to in."""
    User.objects.filter(pk=user.pk).update(language=language)


def set_mail_choice(user: User, choice: User.Mail) -> None:
    """Keep how a person wants to be told by mail that something waits."""
    User.objects.filter(pk=user.pk).update(mail_choice=choice)
