"""What one question needs, whatever the procedure: the gaps in its text and the form of its answer."""

from __future__ import annotations

import re

from imi.core.definition import FormField, Option, Question

PLACEHOLDER = re.compile(r"\[([a-z][a-z0-9_]*)\]")
YES_NO = (Option(id="yes", label="Yes"), Option(id="no", label="No"))


def gaps(question: Question) -> tuple[str, ...]:
    """The placeholders in a question's source text, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(question.text)))


def answer_field(question: Question) -> FormField:
    """The question as a form field, so that answers are checked like any other value."""
    match question.answer:
        case "yes_no":
            return FormField(id="answer", type="choice", label=question.text, options=YES_NO)
        case "text":
            return FormField(id="answer", type="long_text", label=question.text)
        case "file":
            return FormField(id="answer", type="files", label=question.text)
        case other:
            return FormField(id="answer", type=other, label=question.text, options=question.options)
