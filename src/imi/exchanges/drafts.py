"""Forms that are begun and not sent yet: kept beside the log, for all handlers of an authority (decision 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.core.available import available
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.core.exchange import Exchange as State
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.database.prepared import prepared
from imi.exchanges.facts import facts_for
from imi.exchanges.holding import NoSuchExchange, Refused, locked, must_have_a_part
from imi.exchanges.models import Draft, Exchange
from imi.files import actions as files
from imi.files.queries import named_in


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """A stored draft and its version."""

    version: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class DraftOvertaken:
    """Somebody else saved the draft meanwhile; nothing was written."""

    by: str
    saved_at: datetime
    version: int


def may_begin(compiled: Compiled, state: State, who: Standing, action: Action, facts: Facts) -> Refusal | None:
    """Why a user may not begin an action's form, or None."""
    roles = who.roles.get(compiled.definition.area.area, frozenset())
    offered = available(compiled, state, str(who.user_id), who.authority_id, roles, facts)
    found = next((one for one in offered if one.action.id == action.id), None)
    return found.refusal if found else Refusal("party")


@transaction.atomic
def save_draft(
    who: Standing,
    number: str,
    action: str,
    data: Mapping[str, Any],
    version: int | None = None,
    now: datetime | None = None,
) -> DraftSaved | DraftOvertaken | Refused:
    """Keep a form that is not sent yet, for all handlers of the authority.

    Args:
        version: the draft's version the form was made from; None overwrites.

    Raises:
        NoSuchExchange: the authority has no part in it, or the action keeps no draft.
    """
    now = now or timezone.now()
    row, compiled, state = locked(number)
    facts = facts_for(compiled, state, who.authority_id, now)
    must_have_a_part(compiled, state, who, facts)
    rule = compiled.actions.get(action)
    if rule is None or not rule.keeps_draft:
        raise NoSuchExchange(action)
    refusal = may_begin(compiled, state, who, rule, facts)
    if refusal is not None:
        return Refused(refusal, row.definition_id)
    named = named_in(data)
    if named:
        files.keep(files.hold(who.authority_id, named), timezone.now() + files.LOOSE)
    stored = Draft.objects.select_for_update().filter(exchange=row, action=action, authority=who.authority_id).first()
    if stored is None:
        Draft.objects.create(
            exchange=row, action=action, authority_id=who.authority_id, user_id=who.user_id, data=data, saved_at=now
        )
        return DraftSaved(1, now)
    if version is not None and version != stored.version and stored.user_id != who.user_id:
        return DraftOvertaken(stored.user.get_full_name(), stored.saved_at, stored.version)
    stored.data, stored.user_id, stored.saved_at, stored.version = dict(data), who.user_id, now, stored.version + 1
    stored.save()
    return DraftSaved(stored.version, now)


def drop_drafts(row: Exchange, action: str, who: Standing, after: State) -> None:
    """Drop the form that was sent, and those that nobody can send any more: what they hold serves no purpose."""
    if row.phase == "done":
        _drafts.delete(exchange=row.pk)
    else:
        holders = {one for held in after.parties.values() for one in held}
        _useless.delete(exchange=row.pk, action=action, authority=who.authority_id, holders=sorted(holders))


@prepared()
def _drafts(exchange: int) -> QuerySet[Draft]:
    return Draft.objects.filter(exchange=exchange)


@prepared()
def _useless(exchange: int, action: str, authority: str, holders: list[str]) -> QuerySet[Draft]:
    sent, orphaned = Q(action=action, authority=authority), ~Q(authority__in=holders)
    return Draft.objects.filter(sent | orphaned, exchange=exchange)
