"""Checking a form against the definition: which fields apply, which are missing, which are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imi.core.compiled import Compiled, cel_type
from imi.core.definition import Action, FormField
from imi.core.exchange import Exchange
from imi.core.expression import EMPTY
from imi.core.facts import Facts
from imi.core.questions import clean_answers, clean_questions
from imi.core.refusal import FieldError
from imi.core.values import Fault, clean, is_empty

Cleaned = dict[str, Any]


def form_values(fields: tuple[FormField, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values under the names conditions use; what is missing has its type's empty value."""
    return {f"form.{field.id}": _typed(field, data.get(field.id)) for field in fields}


def content_values(compiled: Compiled, content: Mapping[str, Any]) -> dict[str, Any]:
    """The exchange's content under the names conditions use."""
    return {f"content.{name}": _typed(field, content.get(name)) for name, field in compiled.field_by_name.items()}


def _typed(field: FormField, value: Any) -> Any:
    return EMPTY[cel_type(field)] if is_empty(value) else value


def shown_fields(compiled: Compiled, action: Action, values: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[FormField]:
    """The fields that apply to these data: those without a condition, and those whose condition holds.

    Args:
        values: the facts of the exchange (:func:`imi.core.context.values`).
    """
    fields = compiled.fields[action.id]
    names = {**values, **form_values(fields, data)}
    for field in fields:
        condition = compiled.condition(f"actions.{action.id}.fields.{field.id}")
        if condition is None or condition.evaluate({name: names[name] for name in condition.names}):
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
            cleaned[field.id] = _clean_field(compiled, field, value, data, exchange, facts, actor, complete, errors)
        except Fault as fault:
            errors.append(FieldError(field.id, fault.code, fault.params))
    return cleaned, errors


def _clean_field(
    compiled: Compiled,
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
            answers, faults = clean_answers(
                compiled, exchange.items if exchange else (), value or {}, _attached(data, exchange), complete
            )
            errors.extend(faults)
            return answers
        case "items":
            return _items(clean(field, value), exchange)
        case "colleagues":
            return _colleagues(clean(field, value), facts, actor)
        case "authority":
            return _authority(field, str(value), exchange, facts, actor)
        case _:
            return clean(field, value)


def _attached(data: Mapping[str, Any], exchange: Exchange | None) -> frozenset[str]:
    sent = {str(one.get("id")) for one in data.get("attachments") or [] if isinstance(one, Mapping)}
    known = {attachment.id for attachment in exchange.attachments} if exchange else set()
    return frozenset(sent | known)


def _items(chosen: list[str], exchange: Exchange | None) -> list[str]:
    """A true part of the questions asked: at least one goes, at least one stays."""
    asked = [item.question for item in exchange.items] if exchange else []
    if any(one not in asked for one in chosen):
        raise Fault("unknown_question")
    if len(chosen) >= len(asked):
        raise Fault("all_questions")
    return [one for one in asked if one in chosen]


def _colleagues(chosen: list[str], facts: Facts, actor: str) -> list[str]:
    if any(one not in facts.colleagues.get(actor, frozenset()) for one in chosen):
        raise Fault("not_a_colleague")
    return chosen


def _authority(field: FormField, chosen: str, exchange: Exchange | None, facts: Facts, actor: str) -> str:
    authority = facts.authorities.get(chosen)
    if authority is None or not authority.has_access:
        raise Fault("no_access")
    if chosen == actor:
        raise Fault("own_authority")
    if field.same_country_as and authority.country != _country(field.same_country_as, exchange, facts, actor):
        raise Fault("other_country")
    if field.same_country_as and exchange and chosen in exchange.parties.get(field.same_country_as, ()):
        raise Fault("already_there")
    if field.other_country_than and authority.country == _country(field.other_country_than, exchange, facts, actor):
        raise Fault("same_country")
    return chosen


def _country(party: str, exchange: Exchange | None, facts: Facts, actor: str) -> str | None:
    """The country of a party's holder; of the actor's own where the party has none yet."""
    holders = exchange.parties.get(party, ()) if exchange else ()
    if exchange and party in exchange.countries:
        return exchange.countries[party]
    holder = facts.authorities.get(holders[0] if holders else actor)
    return holder.country if holder else None
