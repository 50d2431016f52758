"""How the pages of the help desk name things, and where they stand."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from imi.helpdesk.models import Thread
from imi.web import words

TONES = {Thread.State.OPEN: "warning", Thread.State.ANSWERED: "info", Thread.State.SETTLED: "success"}


def trail(title: str, listed: str = "") -> list[dict[str, str]]:
    """The way to a page below the lists of the help desk.

    Args:
        listed: the list to which one goes back.
    """
    address = reverse("helpdesk:list")
    return [
        {"url": f"{address}?tab={listed}" if listed else address, "label": _("Help desk")},
        {"url": "", "label": title},
    ]


def area_title(area: str | None, lang: str) -> str:
    """A policy area in words, or what stands for none."""
    return _("General") if area is None else words.area_title(area, lang)


def title_of(thread: Thread) -> str:
    """What a thread is called: its subject, or the exchange that it is about."""
    return thread.subject or _("About %(number)s") % {"number": thread.number}
