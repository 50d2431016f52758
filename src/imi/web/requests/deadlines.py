"""Deadlines as people read them: how near, and how the date came about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imi.core.deadlines import is_overdue
from imi.core.exchange import Due
from imi.directory.queries import country_name
from imi.web.requests.figures import day_text, moment_text
from imi.web.requests.texts import Words

SOON_DAYS = 3


def badge(due: Due, words: Words, now: datetime) -> dict[str, Any]:
    """The variables of the component that shows a deadline."""
    return {
        "label": words.deadline(due.id),
        "date": day_text(due.due),
        "iso": due.due,
        "state": nearness(due, now),
        "note": _note(due, now),
        "explanation": derivation(due, words),
    }


def nearness(due: Due, now: datetime) -> str:
    """How near a deadline is: met, late, soon or ok."""
    if due.met is not None:
        return "met"
    if is_overdue(due, now):
        return "late"
    return "soon" if (due.due_date - localtime(now).date()).days <= SOON_DAYS else "ok"


def _note(due: Due, now: datetime) -> str:
    if due.met is not None:
        return _("met on %(moment)s") % {"moment": moment_text(due.met)}
    days = (due.due_date - localtime(now).date()).days
    if is_overdue(due, now):
        late = max(1, -days)
        return ngettext("%(n)s day overdue", "%(n)s days overdue", late) % {"n": late}
    if days <= 0:
        return _("today")
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


def term_text(due: Due) -> str:
    """The length of a term."""
    match due.unit:
        case "working_days":
            text = ngettext("%(n)s working day", "%(n)s working days", due.amount)
        case "weeks":
            text = ngettext("%(n)s week", "%(n)s weeks", due.amount)
        case "months":
            text = ngettext("%(n)s month", "%(n)s months", due.amount)
        case _:
            text = ngettext("%(n)s calendar day", "%(n)s calendar days", due.amount)
    return text % {"n": due.amount}


def derivation(due: Due, words: Words) -> str:
    """How a deadline was worked out: start, length, days that did not count by name, and the rule behind it."""
    start = day_text(due.started[:10])
    parts = [_("%(term)s after %(start)s; that day itself does not count.") % {"term": term_text(due), "start": start}]
    if due.country:
        country = country_name(due.country, words.language)
        parts.append(_("Public holidays are those of: %(country)s.") % {"country": country})
    holidays = [f"{day_text(day)} ({name})" for day, name in due.skipped if name]
    if holidays:
        parts.append(_("Public holidays that did not count: %(days)s.") % {"days": ", ".join(holidays)})
    weekends = sum(1 for _day, name in due.skipped if not name)
    if weekends:
        parts.append(
            ngettext("%(n)s day of a weekend did not count.", "%(n)s days of weekends did not count.", weekends)
            % {"n": weekends}
        )
    if due.moved_from:
        parts.append(
            _("The last day would have been %(day)s, which is no working day, so the term ends on the next one.")
            % {"day": day_text(due.moved_from)}
        )
    parts.append(str(words.deadline_rule(due.id)) if due.id in words.compiled.deadlines else "")
    return " ".join(part for part in parts if part)
