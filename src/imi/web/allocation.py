"""Giving an exchange to colleagues from outside its own page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.exchanges import actions, definitions
from imi.exchanges.models import Participation
from imi.web.reasons import refusal_text
from imi.web.requests.texts import Words


def allocate(who: Standing, number: str, colleagues: Sequence[str], key: str) -> str | None:
    """Give an exchange to colleagues; to nobody means back to all.

    Args:
        who: the user.
        number: the exchange.
        colleagues: ids of users.
        key: idempotency key.

    Returns:
        Why it could not be done, in the language of the page; None when it was done.
    """
    definition = (
        Participation.objects.filter(number=number, authority=who.authority_id)
        .values_list("definition_id", flat=True)
        .first()
    )
    action = allocating(definitions.compiled(definition)) if definition else None
    if definition is None or action is None or action.effects.allocate is None:
        return _("There is no such exchange that could be allocated.")
    data = {action.effects.allocate: list(colleagues)}
    try:
        done = actions.act(who, number, action.id, data, None, key)
    except (actions.NoSuchExchange, actions.KeyReused):
        return _("There is no such exchange that could be allocated.")
    if isinstance(done, actions.Refused):
        return refusal_text(done.refusal, action.id, Words(definition, who.language))
    return None


def allocating(compiled: Compiled) -> Action | None:
    """The action of a definition that gives an exchange to colleagues."""
    return next((action for action in compiled.lifecycle.actions if action.effects.allocate), None)
