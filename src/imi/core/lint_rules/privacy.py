"""Rules about personal data (Regulation (EU) No 1024/2012, Articles 13 to 16)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from imi.core.compiled import holds_personal_data
from imi.core.definition import Definition, FormField
from imi.core.lint_rules.finding import Finding, Rule, every_field

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


RULES: tuple[Rule, ...] = (personal_without_class, retention_missing, retention_too_long)
