"""Rules about personal data (Regulation (EU) No 1024/2012, Articles 13 to 16)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from imi.core.compiled import holds_personal_data, states_of
from imi.core.definition import Definition, FormField, Lifecycle, Placeholder, Sight
from imi.core.lint_rules.finding import Finding, Rule, Step, every_field, walk_fields
from imi.core.notation import Aspect

# Words in the id of a field that speak of a human being, and the class that usually fits.
_TELLING = {
    "surname": "identity",
    "surnames": "identity",
    "forename": "identity",
    "forenames": "identity",
    "nationality": "identity",
    "gender": "identity",
    "birth": "birth",
    "birthday": "birth",
    "birthplace": "birth",
    "born": "birth",
    "passport": "identifier",
    "phone": "contact",
    "telephone": "contact",
    "mobile": "contact",
    "email": "contact",
    "conviction": "sanction",
    "convictions": "sanction",
}
_TELLING_PAIRS = {
    ("family", "name"): "identity",
    ("given", "name"): "identity",
    ("given", "names"): "identity",
    ("first", "name"): "identity",
    ("last", "name"): "identity",
    ("maiden", "name"): "identity",
    ("former", "names"): "identity",
    ("home", "address"): "contact",
    ("identity", "document"): "identifier",
    ("identity", "card"): "identifier",
    ("social", "security"): "identifier",
}
# ... and words that say the field is about something else than a human being.
_IMPERSONAL = frozenset({"authority", "company", "undertaking", "organisation", "firm", "office", "body", "court"})

_FREE_TEXT = frozenset({"text", "long_text", "identifier"})
# Where what a form asks for is read afterwards.
_READ_WITH: dict[str, Aspect] = {"content": "request", "answers": "answers", "message": "messages", "note": "history"}

LATEST_BLOCKING = 18
LATEST_DELETION = 36


def personal_without_class(definition: Definition) -> Iterator[Finding]:
    """``personal-without-class``: a field plainly about a person is not marked as personal data."""
    for path, field in every_field(definition):
        usual = _usual_class(field)
        if usual is not None and not holds_personal_data(field):
            message = f"The field {field.id!r} holds personal data, but no class says so, so it would not be protected."
            yield Finding("personal-without-class", path, message, f"Add 'personal: {usual}' or another class.")


def _usual_class(field: FormField) -> str | None:
    words = field.id.split("_")
    if _IMPERSONAL & set(words) or field.type in ("yes_no", "group", "questions", "answers"):
        return None
    for pair in pairwise(words):
        if pair in _TELLING_PAIRS:
            return _TELLING_PAIRS[pair]
    return next((_TELLING[word] for word in words if word in _TELLING), None)


def free_text_mark(definition: Definition) -> Iterator[Finding]:
    """``free-text-mark``: free text is read without the right to personal data, and nobody said what it may hold."""
    for path, one, what in _marked(definition):
        free = one.type in _FREE_TEXT
        if one.impersonal and one.personal is not None:
            message = f"The {what} {one.id!r} is marked as holding personal data and as holding none."
            yield Finding("free-text-mark", (*path, "impersonal"), message, "Keep one of the two marks.")
        elif one.impersonal and not free:
            message = f"The {what} {one.id!r} holds no free text, so the mark says nothing."
            yield Finding("free-text-mark", (*path, "impersonal"), message, "Delete 'impersonal'.")
    for path, one, what in _read_by_anybody(definition):
        if not one.impersonal and one.personal is None:
            message = f"People without the right to personal data read the {what} {one.id!r}, and nothing marks it."
            cure = "Add 'personal: free_text' (or another class) to hide it from them, or 'impersonal: true'."
            yield Finding("free-text-mark", path, message, cure)


_Marked = tuple[tuple[Step, ...], FormField | Placeholder, str]


def _marked(definition: Definition) -> Iterator[_Marked]:
    """Everything that can bear a mark."""
    for path, field in every_field(definition):
        yield path, field, "field"
    yield from _gaps(definition)


def _gaps(definition: Definition) -> Iterator[_Marked]:
    for index, gap in enumerate(definition.questions.placeholders if definition.questions else ()):
        yield ("questions", "placeholders", index), gap, "placeholder"


def _read_by_anybody(definition: Definition) -> Iterator[_Marked]:
    """The free text that somebody reads who sees no personal data."""
    lifecycle = definition.lifecycle
    open_ = {aspect for aspect in _READ_WITH.values() if _seen_without_personal_data(lifecycle, aspect)}
    subject_read = False
    for index, action in enumerate(lifecycle.actions):
        if _READ_WITH[action.into] not in open_:
            continue
        for number, section in enumerate(action.form):
            subject_read |= section.include == "subject"
            yield from _free_text(section.fields, ("lifecycle", "actions", index, "form", number))
    for number, section in enumerate(definition.procedure.subject if subject_read else ()):
        yield from _free_text(section.fields, ("procedure", "subject", number))
    if "request" in open_:
        yield from ((path, gap, what) for path, gap, what in _gaps(definition) if gap.type in _FREE_TEXT)


def _free_text(fields: tuple[FormField, ...], path: tuple[Step, ...]) -> Iterator[_Marked]:
    """The free text among the fields; a group that holds any personal data is hidden as a whole."""
    for index, field in enumerate(fields):
        if field.type == "group" and not holds_personal_data(field):
            inner = walk_fields(field.fields, (*path, "fields", index))
            yield from ((here, one, "field") for here, one in inner if one.type in _FREE_TEXT)
        elif field.type in _FREE_TEXT:
            yield (*path, "fields", index), field, "field"


def _seen_without_personal_data(lifecycle: Lifecycle, aspect: Aspect) -> bool:
    """Whether some role sees the aspect in a state in which no rule is sure to show it personal data."""
    return any(
        not any(_surely(lifecycle, other, sight.party, role, state) for other in lifecycle.visibility)
        for sight in lifecycle.visibility
        if aspect in sight.sees and "personal" not in sight.sees
        for role in sight.roles or ("",)
        for state in states_of(lifecycle, sight)
    )


def _surely(lifecycle: Lifecycle, sight: Sight, party: str, role: str, state: str) -> bool:
    """Whether a rule shows personal data to the role in the state, whatever else is the case."""
    shows = "personal" in sight.sees and sight.party == party and sight.when is None
    return shows and (not sight.roles or role in sight.roles) and state in states_of(lifecycle, sight)


def retention_missing(definition: Definition) -> Iterator[Finding]:
    """``retention-missing``: personal data would be kept without a legal basis for how long."""
    if not definition.procedure.retention.basis.strip():
        message = "No provision is cited for how long personal data are kept."
        yield Finding("retention-missing", ("procedure", "retention", "basis"), message, "Cite the provision.")


def retention_too_long(definition: Definition) -> Iterator[Finding]:
    """``retention-too-long``: personal data would be blocked or erased later than Article 14 allows."""
    retention = definition.procedure.retention
    path = ("procedure", "retention")
    if not 1 <= retention.block_after_months <= LATEST_BLOCKING:
        message = f"Personal data would be blocked {retention.block_after_months} months after closure."
        cure = f"Write 6, or up to {LATEST_BLOCKING} where the act needs it (Article 14(1))."
        yield Finding("retention-too-long", (*path, "block_after_months"), message, cure)
    if not retention.block_after_months <= retention.delete_after_months <= LATEST_DELETION:
        message = f"Personal data would be erased {retention.delete_after_months} months after closure."
        cure = f"Write at most {LATEST_DELETION}, and not less than until blocking (Article 14(3))."
        yield Finding("retention-too-long", (*path, "delete_after_months"), message, cure)


RULES: tuple[Rule, ...] = (personal_without_class, free_text_mark, retention_missing, retention_too_long)
