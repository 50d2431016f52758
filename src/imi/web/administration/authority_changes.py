"""What an act changed about an authority, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from imi.administration.forms import AuthorityForm, ContactForm
from imi.administration.models import Act
from imi.directory.names import language_name
from imi.directory.queries import authorities_by_id
from imi.directory.reference import regions
from imi.notify.models import MailProblem
from imi.web import words
from imi.web.administration.authority_words import task_title

# Acts whose details name other authorities by their ids.
_NAMING = {
    "authority.validator_changed",
    "access.coordinator_changed",
    "access.request_coordinator_added",
    "access.request_coordinator_removed",
    "link.made",
    "link.removed",
}


def authority_names(acts: Iterable[Act]) -> dict[str, str]:
    """The names of the other authorities that acts are about, by id; one query, none if there are none."""
    ids = {
        str(act.details[name])
        for act in acts
        if act.kind in _NAMING
        for name in ("before", "after")
        if act.details.get(name)
    }
    return {one.pk: one.name for one in authorities_by_id(ids)} if ids else {}


def changes(act: Act, lang: str, names: Mapping[str, str]) -> Iterator[str]:
    """What an act changed, and the reason that was given.

    Args:
        names: those of other authorities, as :func:`authority_names` found them.
    """
    details: Mapping[str, Any] = act.details
    if act.area_id:
        yield words.area_title(act.area_id, lang)
    if details.get("reason"):
        yield _("Reason: %(reason)s") % {"reason": details["reason"]}
    if details.get("mail") in MailProblem.Reason.values:
        yield str(MailProblem.Reason(details["mail"]).label)
    if "task" in details:
        yield f"{task_title(details['task'])} {regions().get(details['region'], details['region'])}".strip()
    if "field" in details:
        yield f"{_label(details['field'])}: {details.get('after', '')}"
    elif "before" in details or "after" in details:
        yield from _differences(act.kind, details.get("before"), details.get("after"), lang, names)


def _differences(kind: str, before: Any, after: Any, lang: str, names: Mapping[str, str]) -> Iterator[str]:
    """What was there before and what came after."""
    if kind in _NAMING:
        before, after = (names.get(str(one), str(one or "")) for one in (before, after))
    elif kind == "authority.languages_changed":
        before, after = (", ".join(language_name(code, lang) for code in one) for one in (before, after))
    elif kind == "authority.regions_changed":
        before, after = (", ".join(regions().get(code, code) for code in one) for one in (before, after))
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        had, has = before or {}, after or {}
        for name in dict.fromkeys([*had, *has]):
            if had.get(name) != has.get(name) and name not in ("machine", "concepts"):
                yield _line(_label(name), had.get(name), has.get(name))
    else:
        yield _line("", before, after)


def _line(label: str, before: Any, after: Any) -> str:
    had, has = _said(before), _said(after)
    text = format_html(_("{} instead of {}"), has, had) if had and has else has or format_html(_("no longer: {}"), had)
    return f"{label}: {text}" if label else text


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _label(name: str) -> str:
    known = {**AuthorityForm.base_fields, **ContactForm.base_fields}
    return str(known[name].label) if name in known else name
