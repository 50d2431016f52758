"""What all parts of the definition language are written in: texts, names, expressions, and the base of every model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class TextMark:
    """Marks a string as source text that people read and translators translate."""


Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), TextMark()]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]

Unit = Literal["calendar_days", "working_days", "weeks", "months"]

# fmt: off
FieldType = Literal[
    "text", "long_text", "yes_no", "choice", "choices", "concept", "date", "period", "number", "days", "money",
    "country", "language", "authority", "colleagues", "questions", "answers", "items", "files", "identifier",
    "group",
]
# fmt: on

PersonalClass = Literal["identity", "contact", "birth", "identifier", "professional", "sanction", "free_text"]

Aspect = Literal["overview", "request", "personal", "attachments", "answers", "messages", "history"]


class Model(BaseModel):
    """Base of everything written in a definition file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
