"""What differs between two definitions, and what that means for exchanges and for people.

* ``wording``: only texts, scenarios, languages or explanations. No new legal version; shown at once everywhere.
* ``safe``: a new version that concerns new exchanges only. Running ones stay on theirs and nothing refers to both.
* ``mapping``: something that exchanges, drafts, copies, statistics or rights refer to by its id is gone or works
  differently; somebody must say what takes its place before the new version is published.
* ``forbidden``: an id would mean something else than before, or a promise already given about personal data would be
  broken. Use a new id, or leave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from imi.core.definition import (
    Action,
    Area,
    Await,
    Category,
    Deadline,
    DeadlineChange,
    Definition,
    FormField,
    LegalAct,
    Lifecycle,
    Option,
    Party,
    Placeholder,
    Procedure,
    Question,
    QuestionList,
    QuestionSet,
    Retention,
    Role,
    Section,
    Setting,
    State,
    Topic,
)
from imi.core.notation import Model
from imi.core.wording import EXPLAINING, element_id, text_fields

Weight = Literal["wording", "safe", "mapping", "forbidden"]
WEIGHTS: tuple[Weight, ...] = ("wording", "safe", "mapping", "forbidden")


@dataclass(frozen=True)
class Change:
    """One difference. ``key`` is made of ids (``lifecycle.states.sent.title``); ``why`` explains the weight."""

    weight: Weight
    key: str
    what: Literal["added", "removed", "changed", "moved"]
    before: Any
    after: Any
    why: str


# What is referred to by id from elsewhere: from stored exchanges, rights, settings, statistics, other areas' reports.
_REFERRED_TO: Mapping[type[Model], str] = {
    FormField: "Stored requests hold a value for it.",
    Option: "Stored requests and answers may have chosen it.",
    Question: "Stored requests ask it.",
    QuestionList: "Stored requests name it.",
    Category: "Questions and statistics are grouped under it.",
    Topic: "Questions and statistics are grouped under it.",
    Placeholder: "Stored requests fill it.",
    Party: "Authorities hold it in stored exchanges.",
    Role: "Users have it.",
    Setting: "Authorities have set it.",
    State: "Exchanges may rest in it.",
    Action: "The history of exchanges names it.",
    Deadline: "It may be running.",
    LegalAct: "Stored requests invoke it.",
}

# Attributes that may not change under the same id.
_FIXED: Mapping[tuple[type[Model], str], str] = {
    (FormField, "type"): "A stored value of one type would be read as another.",
    (FormField, "scheme"): "Stored concepts belong to the former thesaurus.",
    (Question, "answer"): "A stored answer of one type would be read as another.",
    (Question, "scheme"): "Stored concepts belong to the former thesaurus.",
    (Placeholder, "type"): "A stored filling of one type would be read as another.",
    (Placeholder, "scheme"): "Stored concepts belong to the former thesaurus.",
    (Lifecycle, "kind"): "Another kind of exchange is another procedure.",
    (Lifecycle, "lifecycle"): "Another lifecycle is another procedure.",
    (Procedure, "lifecycle"): "Another lifecycle is another procedure.",
    (Procedure, "procedure"): "Another id is another procedure.",
    (Area, "area"): "Another id is another policy area.",
    (Party, "coordinates"): "Authorities that hold the party would come to stand behind another one.",
    (State, "phase"): "Time limits for blocking and deletion are counted from the phase.",
    (LegalAct, "celex"): "Another act under the same id would change what stored requests are based on.",
}

# Attributes whose change needs somebody's decision on what already exists.
_DECIDED: Mapping[tuple[type[Model], str], str] = {
    (Action, "into"): "What was written before lies elsewhere.",
    (Party, "many"): "Exchanges may have several holders, or tools expect one.",
    (QuestionSet, "cannot_say_reasons"): "Stored answers may have given the reason.",
    (Lifecycle, "initial"): "Drafts and copies begin elsewhere.",
}


def diff(old: Definition, new: Definition) -> list[Change]:
    """Compare two definitions of a procedure.

    Returns:
        Every difference, the gravest first, then in order of keys.
    """
    changes: list[Change] = []
    for part in ("area", "procedure", "lifecycle", "questions"):
        before, after = getattr(old, part), getattr(new, part)
        if before is not None and after is not None:
            changes += _models(before, after, part)
        elif before is not None or after is not None:
            changes.append(_came_or_went(part, before, after))
    return sorted(changes, key=lambda change: (-WEIGHTS.index(change.weight), change.key))


def heaviest(changes: list[Change]) -> Weight | None:
    """The gravest weight among ``changes``, or None if there are none."""
    return max((change.weight for change in changes), key=WEIGHTS.index, default=None)


def _models(before: Model, after: Model, key: str) -> Iterator[Change]:
    kind = type(before)
    texts = text_fields(kind)
    for name in kind.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        here = f"{key}.{name}"
        if name in texts or name in EXPLAINING.get(kind, ()):
            shown = (old, new) if name in texts else (None, None)
            yield Change("wording", here, "changed", shown[0], shown[1], "It has no effect on what exchanges do.")
        elif isinstance(old, Model) and isinstance(new, Model):
            yield from _models(old, new, here)
        elif _named(old) or _named(new):
            yield from _elements(_by_id(old), _by_id(new), here)
        elif isinstance(old, Mapping) and isinstance(new, Mapping) and _holds_models(old, new):
            yield from _elements(old, new, here)
        else:
            yield _attribute(kind, name, old, new, here)


def _named(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(isinstance(element, Model) and element_id(element) for element in value)
    )


def _by_id(value: Any) -> dict[str, Model]:
    return {element_id(element) or "": element for element in value}


def _holds_models(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Model) for value in (*old.values(), *new.values()))


def _elements(old: Mapping[str, Model], new: Mapping[str, Model], key: str) -> Iterator[Change]:
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            yield _came_or_went(f"{key}.{name}", before, None)
        else:
            yield from _models(before, after, f"{key}.{name}")
    for name, after in new.items():
        if name not in old:
            yield _came_or_went(f"{key}.{name}", None, after)
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change("safe", key, "moved", list(old), list(new), "Only the order changes.")


def _came_or_went(key: str, before: Model | None, after: Model | None) -> Change:
    if before is None:
        if isinstance(after, Await):
            return Change("safe", key, "added", None, after, "It makes tasks in new exchanges only.")
        return Change("safe", key, "added", None, after, "Nothing refers to it yet.")
    if isinstance(before, Section) and before.fields:
        return Change("mapping", key, "removed", before, None, _REFERRED_TO[FormField])
    if isinstance(before, QuestionSet):
        return Change("mapping", key, "removed", before, None, _REFERRED_TO[Question])
    reason = _REFERRED_TO.get(type(before))
    if reason is None:
        return Change("safe", key, "removed", before, None, "Nothing outside the definition refers to it.")
    return Change("mapping", key, "removed", before, None, reason)


def _attribute(kind: type[Model], name: str, old: Any, new: Any, key: str) -> Change:
    fixed = _FIXED.get((kind, name)) or _broken_promise(kind, name, old, new)
    if fixed is not None:
        return Change("forbidden", key, "changed", old, new, fixed)
    decided = _DECIDED.get((kind, name))
    if decided is not None:
        return Change("mapping", key, "changed", old, new, decided)
    if kind is Area and name == "schemes" and set(old) - set(new):
        return Change("mapping", key, "changed", old, new, "Stored concepts belong to the former thesaurus.")
    if kind is DeadlineChange:
        return Change("safe", key, "changed", old, new, "Running deadlines keep the rule they started under.")
    return Change("safe", key, "changed", old, new, "It concerns new exchanges only.")


def _broken_promise(kind: type[Model], name: str, old: Any, new: Any) -> str | None:
    """Why a change takes protection away from personal data that people gave already."""
    if kind in (FormField, Placeholder) and name == "personal" and old is not None and new is None:
        return "Data given as personal would lose their protection."
    if kind is FormField and name == "private_to" and old and not (new and set(new) <= set(old)):
        return "What was written for these parties alone would be shown to others."
    if kind is Question and name == "personal" and old and not new:
        return "Answers given as personal would lose their protection."
    if kind is Retention and name in ("block_after_months", "delete_after_months") and new > old:
        return "Personal data would be kept longer than people were told."
    return None
