"""Checking a form against the definition: which fields apply, which are missing, which are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imi.core.compiled import Compiled
from imi.core.context import typed
from imi.core.definition import Action, FormField
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.core.questions import clean_answers, clean_questions
from imi.core.refusal import FieldError
from imi.core.values import FaultError, clean, is_empty

Cleaned = dict[str, Any]


class FormValues(dict[str, Any]):
    """The facts of an exchange together with what a form says, as ``form.<field>``."""

    def __init__(self, compiled: Compiled, action: Action, facts: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Join both.

        Args:
            facts: the facts of the exchange (:func:`imi.core.context.values`).
            data: field id to value; what is missing has its type's empty value.
        """
        super().__init__()
        self._fields = compiled.form_fields[action.id]
        self._facts = facts
        self._data = data

    def __missing__(self, name: str) -> Any:
        field = self._fields.get(name)
        value = self._facts[name] if field is None else typed(field, self._data.get(field.id))
        self[name] = value
        return value


def shown_fields(
    compiled: Compiled, action: Action, values: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[FormField]:
    """The fields that apply to these data: those without a condition, and those whose condition holds.

    Args:
        values: the facts of the exchange (:func:`imi.core.context.values`).
    """
    names = FormValues(compiled, action, values, data)
    judged: dict[str, bool] = {}  # many fields of a form hang on the same condition
    for field, condition in compiled.forms[action.id]:
        if condition is not None:
            if condition.source not in judged:
                judged[condition.source] = condition.evaluate(names)
            if not judged[condition.source]:
                continue
        yield field


def check_form(
    compiled: Compiled,
    action: Action,
    data: Mapping[str, Any],
    exchange: Exchange | None,
    values: Mapping[str, Any],
    facts: Facts,
    actor: str,
    complete: bool = True,
) -> tuple[Cleaned, list[FieldError]]:
    """Check what was filled in.

    Args:
        data: field id to value, as JSON types; unknown keys are ignored, never stored.
        exchange: the exchange acted on; None when one is opened.
        values: the facts of the exchange for conditions.
        actor: the authority acting.
        complete: False checks a draft: only fields required ``always`` must be there.

    Returns:
        The clean values of the fields that apply, and the faults.
    """
    cleaned: Cleaned = {}
    errors: list[FieldError] = []
    for field in shown_fields(compiled, action, values, data):
        value = data.get(field.id)
        if is_empty(value) and not (field.type == "answers" and complete):
            if field.required == "always" or (complete and field.required == "to_submit"):
                errors.append(FieldError(field.id, "required", {"field": field.id}))
            continue
        try:
            cleaned[field.id] = _clean_field(
                compiled, action, field, value, data, exchange, facts, actor, complete, errors
            )
        except FaultError as fault:
            errors.append(FieldError(field.id, fault.code, fault.params))
    return cleaned, errors


def _clean_field(
    compiled: Compiled,
    action: Action,
    field: FormField,
    value: Any,
    data: Mapping[str, Any],
    exchange: Exchange | None,
    facts: Facts,
    actor: str,
    complete: bool,
    errors: list[FieldError],
) -> Any:
    match field.type:
        case "questions":
            questions, faults = clean_questions(compiled, value)
            errors.extend(faults if complete else [fault for fault in faults if fault.code != "required"])
            return questions
        case "answers":
            asked = exchange.items if exchange else ()
            files = _attached(compiled, action, data, exchange)
            answers, faults = clean_answers(compiled, asked, value or {}, files, complete)
            errors.extend(faults)
            return answers
        case "items":
            return _items(clean(field, value), exchange)
        case "colleagues":
            return _colleagues(clean(field, value), facts, actor)
        case "authority":
            chosen = str(clean(field, value))
            fault = authority_fault(field, chosen, exchange, facts, actor)
            if fault is not None:
                raise FaultError(fault)
            return chosen
        case _:
            return clean(field, value)


def _attached(compiled: Compiled, action: Action, data: Mapping[str, Any], exchange: Exchange | None) -> frozenset[str]:
    """The files that an answer may rest on: those sent with the form and those already there."""
    known = {attachment.id for attachment in exchange.attachments} if exchange else set()
    for field in compiled.fields[action.id]:
        sent = data.get(field.id) if field.type == "files" else None
        if isinstance(sent, list):
            known.update(str(one.get("id")) for one in sent if isinstance(one, Mapping))
    return frozenset(known)


def _items(chosen: list[str], exchange: Exchange | None) -> list[str]:
    """A true part of the questions asked: at least one goes, at least one stays."""
    asked = [item.question for item in exchange.items] if exchange else []
    if any(one not in asked for one in chosen):
        raise FaultError("unknown_question")
    if len(chosen) >= len(asked):
        raise FaultError("all_questions")
    return [one for one in asked if one in chosen]


def _colleagues(chosen: list[str], facts: Facts, actor: str) -> list[str]:
    if any(one not in facts.colleagues.get(actor, frozenset()) for one in chosen):
        raise FaultError("not_a_colleague")
    return chosen


def authority_fault(field: FormField, chosen: str, exchange: Exchange | None, facts: Facts, actor: str) -> str | None:
    """Why an authority may not be chosen in a field, as the code of the fault; None if it may.

    Args:
        actor: the authority that chooses.
    """
    authority = facts.authorities.get(chosen)
    if authority is None or not authority.has_access:
        return "no_access"
    if chosen == actor:
        return "own_authority"
    if field.same_country_as:
        if authority.country != _country(field.same_country_as, exchange, facts, actor):
            return "other_country"
        if exchange and chosen in exchange.parties.get(field.same_country_as, ()):
            return "already_there"
    if field.other_country_than and authority.country == _country(field.other_country_than, exchange, facts, actor):
        return "same_country"
    return None


def _country(party: str, exchange: Exchange | None, facts: Facts, actor: str) -> str | None:
    """The country of a party's holder; of the actor's own where the party has none yet."""
    holders = exchange.parties.get(party, ()) if exchange else ()
    if exchange and party in exchange.countries:
        return exchange.countries[party]
    holder = facts.authorities.get(holders[0] if holders else actor)
    return holder.country if holder else None
