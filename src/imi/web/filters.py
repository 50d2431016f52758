"""What a person looks for in the lists: from the address of the page and back to it.

The address holds everything (tab, filters, order), so that a list can be bookmarked, saved under a name and returned
to. It is always written anew from what was understood; nothing a browser sent is repeated unread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_args
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from imi.accounts.queries import Standing
from imi.directory import queries as directory
from imi.exchanges.lists import Filters, Sort
from imi.web import words
from imi.web.addresses import address_of

TABS = ("received", "sent", "coordinated", "handed_over", "linked", "drafts")
PHASES = ("open", "done", "any")
DUE = ("late", "week")
FIELDS = ("text", "state", "phase", "area", "country", "due", "handler")
_LONGEST = 80
_SORTS: dict[str, Sort] = {name: name for name in get_args(Sort)}


@dataclass(frozen=True, slots=True)
class Search:
    """One reading of the lists: a tab, its filters and its order."""

    tab: str = TABS[0]
    text: str = ""
    state: str = ""
    phase: str = ""
    area: str = ""
    country: str = ""
    due: str = ""
    handler: str = ""
    sort: Sort = "updated"

    def filters(self) -> Filters:
        """The filters as the list understands them."""
        chosen: dict[str, Any] = {name: getattr(self, name) for name in FIELDS if name != "phase"}
        if self.tab == "drafts":
            return Filters(**chosen, phase="draft", direction="sent", sort=self.sort)
        if self.tab == "linked":
            return Filters(**chosen, phase=self._phase(), linked=True, sort=self.sort)
        return Filters(**chosen, phase=self._phase(), direction=self.tab, without_drafts=True, sort=self.sort)

    def _phase(self) -> str:
        """Open ones unless told otherwise; who looks for a state or a number means it wherever it is."""
        if self.phase:
            return "" if self.phase == "any" else self.phase
        return "" if self.state or self.text else "open"

    def active(self) -> dict[str, str]:
        """The filters that a person has set."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name)}

    def query(self) -> str:
        """The reading as it stands in an address."""
        pairs = {"tab": self.tab, **self.active()}
        if self.sort != "updated":
            pairs["sort"] = self.sort
        return urlencode(pairs)

    def url(self, page: str = "", **changed: Any) -> str:
        """The address of this reading, or of one that differs from it."""
        other = replace(self, **changed) if changed else self
        address = f"{address_of('exchanges')}?{other.query()}"
        return f"{address}&{urlencode({'page': page})}" if page else address


def read(given: QueryDict) -> Search:
    """Understand an address; what is unknown or malformed counts as not said."""
    tab, sort = given.get("tab", ""), given.get("sort", "")
    phase, due = given.get("phase", ""), given.get("due", "")
    handler = given.get("handler", "")
    return Search(
        tab=tab if tab in TABS else TABS[0],
        text=clean(given.get("text", "")),
        state=name_in(given.get("state", "")),
        phase=phase if phase in PHASES else "",
        area=name_in(given.get("area", "")),
        country=name_in(given.get("country", "")),
        due=due if due in DUE else "",
        handler=handler if handler.isascii() and handler.isdigit() and len(handler) < 16 else "",
        sort=_SORTS.get(sort, "updated"),
    )


def clean(text: str, longest: int = _LONGEST) -> str:
    """Words as a person may have typed them: control signs and what is too long are left out."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:longest]).split())


def name_in(text: str) -> str:
    """The text if it may be the id of something, else nothing."""
    return text if len(text) <= 63 and text.isascii() and text.replace("_", "").replace("-", "").isalnum() else ""


@dataclass(frozen=True, slots=True)
class Select:
    """One filter with its choices, as ``components/select.html`` draws it."""

    name: str
    label: str
    value: str
    choices: list[tuple[str, str]]
    any: bool = True


def labels() -> dict[str, str]:
    """The names of the filters."""
    return {
        "text": _("Number, own file number or name"),
        "state": _("State"),
        "phase": _("Open or closed"),
        "area": _("Policy area"),
        "country": _("Other side's country"),
        "due": _("Deadline"),
        "handler": _("Handled by"),
    }


def selects(search: Search, offered: dict[str, list[tuple[str, str]]]) -> list[Select]:
    """The filters that a tab offers; one with a single choice is left out."""
    names = ("area", "country") if search.tab == "drafts" else FIELDS[1:]
    titles = labels()
    return [
        Select(name, titles[name], getattr(search, name), offered[name], any=name != "phase")
        for name in names
        if len(offered[name]) > 1
    ]


def _phases() -> list[tuple[str, str]]:
    return [("", _("Open")), ("done", _("Closed")), ("any", _("Open and closed"))]


def choices(who: Standing, colleagues: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each filter, in the reader's language."""
    areas = words.area_titles(who.language)
    return {
        "phase": _phases(),
        "state": list(words.state_titles(who.language, without_drafts=True).items()),
        "area": sorted(((area, areas.get(area, area)) for area in who.roles), key=lambda pair: pair[1]),
        "country": sorted(directory.countries(who.language), key=lambda pair: pair[1]),
        "due": [("late", _("Overdue")), ("week", _("In the next 7 days"))],
        "handler": colleagues,
    }


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter in force, and the address of the list without it."""

    text: str
    remove_url: str
    remove_label: str


def tags(search: Search, offered: dict[str, list[tuple[str, str]]]) -> list[Tag]:
    """The filters in force, each of which can be taken away."""
    found, titles = [], labels()
    for name, value in search.active().items():
        text = f"{titles[name]}: {dict(offered.get(name, [])).get(value, value)}"
        found.append(Tag(text, search.url(**{name: ""}), _("Remove the filter %(filter)s") % {"filter": text}))
    return found


def tab_titles() -> dict[str, str]:
    """The names of the tabs."""
    return {
        "received": _("Received"),
        "sent": _("Sent"),
        "coordinated": _("Coordinated"),
        "handed_over": _("Handed over"),
        "linked": _("Linked authorities"),
        "drafts": _("Drafts"),
    }
