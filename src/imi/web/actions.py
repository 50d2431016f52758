"""Writes of the web application: what people choose for themselves."""

from __future__ import annotations

from django.db import transaction

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.web.models import SavedFilter

MOST_SAVED_FILTERS = 20


def set_language(user_id: int, language: str) -> None:
    """Keep the language that a person wants to read and be written to in."""
    User.objects.filter(pk=user_id).update(language=language)


def set_mail_choice(user_id: int, choice: str) -> None:
    """Keep how a person wants to be told by mail that something waits; one of :class:`User.Mail`."""
    User.objects.filter(pk=user_id).update(mail_choice=User.Mail(choice))


@transaction.atomic
def save_filter(who: Standing, name: str, query: str) -> bool:
    """Keep a filter under a name, in place of an earlier one of that name.

    Returns:
        False if the person has as many as there may be.
    """
    own = SavedFilter.objects.filter(user=who.user_id)
    if own.filter(name=name).update(query=query):
        return True
    if own.count() >= MOST_SAVED_FILTERS:
        return False
    SavedFilter.objects.update_or_create(user_id=who.user_id, name=name, defaults={"query": query})
    return True


def remove_filter(who: Standing, filter_id: int) -> None:
    """Forget a filter of the person's own; one of somebody else's stays."""
    SavedFilter.objects.filter(user=who.user_id, pk=filter_id).delete()
