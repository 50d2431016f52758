"""The list of the users of an authority: in the order of the reader's language, searched and paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imi.administration import staff_queries
from imi.administration.staff_queries import UNSEEN_DAYS, Colleague, Staff
from imi.directory.collation import in_order
from imi.directory.folding import fold
from imi.web.administration.user_grid import named, summary
from imi.web.filters import clean
from imi.web.news import number_in

SIZE = 25
NEVER, LONG = "never", "long"
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which users somebody looks for."""

    text: str
    show: str
    page: int

    @classmethod
    def of(cls, request: HttpRequest) -> Wanted:
        """Read the address."""
        show = request.GET.get("show", "")
        text = clean(request.GET.get("text", ""), _LONGEST)
        return cls(text, show if show in (NEVER, LONG) else "", number_in(request, "page") or 1)

    def url(self, page: int) -> str:
        """The address of a page of this list."""
        pairs = {"text": self.text, "show": self.show, "page": page if page > 1 else ""}
        given = {name: value for name, value in pairs.items() if value}
        return f"{reverse('users')}?{urlencode(given)}" if given else reverse("users")

    def fits(self, one: Colleague, now: datetime) -> bool:
        """Whether a user is looked for."""
        if (self.show == NEVER and one.last_seen is not None) or (self.show == LONG and not one.long_unseen(now)):
            return False
        place = fold(f"{one.name} {one.email}")
        return all(word in place for word in fold(self.text).split())


@dataclass(frozen=True, slots=True)
class Line:
    """One user in the list."""

    person: Colleague
    roles: list[tuple[str, str]]
    locked: bool
    never: bool
    long_unseen: bool


@dataclass(frozen=True, slots=True)
class Amiss:
    """What is amiss with the users of an authority; ``url`` shows those concerned, if it is about people."""

    text: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list."""

    lines: list[Line]
    total: int
    previous_url: str
    next_url: str
    summary: str


def page_of(staff: Staff, wanted: Wanted, lang: str, now: datetime) -> Page:
    """The users that are looked for, one page of them; two queries."""
    found = in_order([one for one in staff.colleagues if wanted.fits(one, now)], lang, lambda one: one.sorted_by)
    last = max(1, -(-len(found) // SIZE))
    page = min(wanted.page, last)
    shown = found[(page - 1) * SIZE : page * SIZE]
    ids = [one.id for one in shown]
    roles, locked = staff_queries.roles_of_many(ids), staff_queries.locked(ids)
    lines = [
        Line(one, summary(roles.get(one.id, {}), lang), one.id in locked, one.last_seen is None, one.long_unseen(now))
        for one in shown
    ]
    first = (page - 1) * SIZE + 1
    return Page(
        lines,
        len(found),
        wanted.url(page - 1) if page > 1 else "",
        wanted.url(page + 1) if page < last else "",
        _("%(first)s to %(last)s of %(total)s") % {"first": first, "last": first + len(ids) - 1, "total": len(found)},
    )


def warnings(staff: Staff, lang: str, now: datetime) -> list[Amiss]:
    """What is amiss: a lone user, roles that nobody holds, people who do not come (checklist for new users)."""
    found = []
    if len(staff.colleagues) == 1:
        lone = _("Your authority has a single user. Register a deputy, so that requests are seen when you are away.")
        found.append(Amiss(lone, reverse("user_new"), _("Register a user")))
    missing = named(((area, role) for area, roles in staff.unheld.items() for role in roles), lang)
    if missing:
        found.append(Amiss(_("Nobody holds these roles: %(roles)s.") % {"roles": "; ".join(missing)}))
    never = sum(one.last_seen is None for one in staff.colleagues)
    if never:
        text = ngettext("%(count)s user has never signed in.", "%(count)s users have never signed in.", never)
        found.append(Amiss(text % {"count": never}, f"{reverse('users')}?show={NEVER}", _("Show them")))
    long = sum(one.long_unseen(now) for one in staff.colleagues)
    if long:
        text = ngettext(
            "%(count)s user has not signed in for %(days)s days.",
            "%(count)s users have not signed in for %(days)s days.",
            long,
        )
        label = _("Show them")
        found.append(Amiss(text % {"count": long, "days": UNSEEN_DAYS}, f"{reverse('users')}?show={LONG}", label))
    return found
