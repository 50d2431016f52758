"""Lets coordinators of the training world offer events, news, plans and materials, through the acts themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from imi.accounts.models import User
from imi.accounts.queries import Standing, standing
from imi.directory.models import Authority, Country
from imi.outreach import bulletin, events, materials, plans, reach, registrations, training_access
from imi.outreach.bulletin import Shown
from imi.outreach.events import Details
from imi.outreach.materials import Version
from imi.outreach.models import Note, ToDo
from imi.outreach.plan_texts import Wording
from imi.outreach.plans import Outline

Written = Mapping[str, Any]
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """The day for which the world is built, its beginning, and the hour of the acts before it."""

    day: date
    now: datetime

    def on(self, days: int) -> date:
        """The day so many days after that one."""
        return self.day + timedelta(days=days)


def enact(written: Written, reference: date, now: datetime) -> None:
    """Offer what the file says, by those authorities that this world has; nobody is mailed about it."""
    stage = Stage(reference, now)
    acts: dict[str, Callable[[Stage, Standing, Written], None]] = {
        "events": _event,
        "news": _news,
        "plans": _plan,
        "materials": _material,
    }
    for subject, act in acts.items():
        for one in written[subject]:
            host = _acting(one["host"])
            if host is not None:
                act(stage, host, one)
    for one in written["training"]:
        _ask(stage, one)
    Note.objects.filter(posted_at=None).update(due_at=None)


def _acting(authority: str) -> Standing | None:
    """The first person of an authority who may act for it as a coordinator; None if this world does not have it."""
    people = (
        reach.coordinating_people(Authority.objects.filter(pk=authority), ()).select_related("authority").order_by("pk")
    )
    first = people.first()
    return standing(first) if first is not None else None


def _event(stage: Stage, host: Standing, one: Written) -> None:
    zone = ZoneInfo(Country.objects.get(pk=host.country).timezone)
    starts = datetime.combine(_working_day(stage.on(one["in"])), time(one["at"]), tzinfo=zone)
    details = Details(
        kind=one["kind"],
        language=one["language"],
        title=one["title"],
        text=one["text"],
        starts_at=starts,
        ends_at=starts + timedelta(hours=one["hours"]),
        place=one["place"],
        online_url=one.get("online", ""),
        places=one["places"],
        register_until=datetime.combine(stage.on(one["closes"]), time(18), tzinfo=zone),
        abroad=one.get("abroad", False),
    )
    event = events.draft(host, details, stage.now)
    events.publish(host, event.pk, stage.now)
    invited = reach.event_people(event).exclude(pk=host.user_id).select_related("authority").distinct().order_by("pk")
    for person in invited[: one["comers"]]:
        registrations.register(standing(person), event.pk, stage.now)


def _working_day(day: date) -> date:
    """The day, or the Monday after the week-end on which it falls."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= SATURDAY else 0)


def _news(stage: Stage, host: Standing, one: Written) -> None:
    texts = {lang: (title, body) for lang, (title, body) in one["texts"].items()}
    shown = Shown(stage.on(one["from"]), abroad=one.get("abroad", False))
    item = bulletin.write_news(host, shown, texts, now=stage.now)
    bulletin.show_news(host, item.pk, True, stage.now)


def _plan(stage: Stage, host: Standing, one: Written) -> None:
    todos = [(title, stage.on(due)) for title, due in one["todos"]]
    others = {
        lang: Wording(other["title"], other["text"], tuple(other["todos"]))
        for lang, other in one.get("others", {}).items()
    }
    outline = Outline(
        language=one["language"],
        title=one["title"],
        text=one["text"],
        legal_basis=one["basis"],
        legal_url=one["url"],
        planned_on=stage.on(one["in"]),
        todos=todos,
        others=others,
    )
    plan = plans.announce(host, outline, stage.now)
    listed = list(ToDo.objects.filter(plan=plan).order_by("due_on", "pk"))
    for authority, number in one["done"]:
        doer = _acting(authority)
        if doer is not None:
            plans.tick(doer, listed[number].pk, True, stage.now)


def _material(stage: Stage, host: Standing, one: Written) -> None:
    (first, version), *others = ((lang, _version(text)) for lang, text in one["texts"].items())
    reviewed, abroad = stage.on(one["reviewed"]), one.get("abroad", False)
    material = materials.publish(host, one["kind"], reviewed, (first, version), abroad=abroad, now=stage.now)
    for lang, other in others:
        materials.word(host, material.pk, lang, other)


def _version(text: Written) -> Version:
    upload = SimpleUploadedFile(text["file"], text["lines"].encode()) if "file" in text else None
    return Version(
        title=text["title"],
        body=text["body"],
        url=text.get("url", ""),
        upload=upload,
        minutes=text.get("minutes"),
        subtitles=text.get("subtitles", ""),
    )


def _ask(stage: Stage, one: Written) -> None:
    user = User.objects.select_related("authority").filter(persona=one["person"]).first()
    if user is not None:
        from_on = stage.on(one["in"])
        training_access.ask(standing(user), user.pk, one["coordinator"], from_on, one["why"], stage.now)
