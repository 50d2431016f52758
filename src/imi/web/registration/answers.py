"""The answers of a registration as they are read before they are handed in, and by the coordinator who decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from imi.administration.forms import STEPS, StepForm
from imi.administration.models import Admission


@dataclass(frozen=True, slots=True)
class StepAnswers:
    """One step with its answers; ``errors`` lead to the fields in which something is missing or wrong."""

    name: str
    title: str
    url: str
    items: list[dict[str, str]]
    errors: list[dict[str, str]]


def step_titles() -> dict[str, str]:
    """The names of the steps, in their order."""
    return {"authority": _("The authority"), "contact": _("How it is reached"), "person": _("Its first user")}


def step_answers(admission: Admission) -> list[StepAnswers]:
    """All steps of an admission."""
    return [_answers(admission, name, title) for name, title in step_titles().items()]


def _answers(admission: Admission, name: str, title: str) -> StepAnswers:
    form = STEPS[name](admission.country_id, admission.data.get(name, {}))
    form.is_valid()
    url = reverse("registration:step", args=[name])
    errors = [
        {"url": f"{url}#id_{field}", "label": str(form.fields[field].label), "message": str(message)}
        for field, said in form.errors.items()
        for message in said
    ]
    items = [{"term": str(field.label), "html": _shown(form, field.name)} for field in form]
    return StepAnswers(name, title, url, items, errors)


def _shown(form: StepForm, name: str) -> str:
    """A value in words: the names of what was chosen, or what was typed."""
    value: Any = form[name].value()
    choices = getattr(form.fields[name], "choices", None)
    if choices is None:
        return str(value or "")
    titles = {str(code): str(text) for code, text in choices}
    chosen = value if isinstance(value, list) else [value]
    return ", ".join(titles.get(str(one), str(one)) for one in chosen if one)
