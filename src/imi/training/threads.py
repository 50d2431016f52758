"""The help desk of the training world: what was asked, answered and published, done by the actions themselves."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from imi.accounts.models import User
from imi.accounts.queries import Standing, standing
from imi.exchanges.models import Participation
from imi.helpdesk import actions, queries, rights
from imi.helpdesk.models import Post, Thread
from imi.notify.helpdesk import tell_of
from imi.training.models import Persona
from imi.training.world_files import WorldFiles

Written = Mapping[str, Any]
MORNING = timedelta(hours=9)
LOOKED_AT = 20


def live_threads(world: WorldFiles, areas: Container[str], ends: datetime, noticed: timedelta) -> int:
    """Ask, answer and publish everything that the files tell, oldest first; what lacks its people is left out.

    Args:
        areas: the policy areas that exist.
        ends: the beginning of the reference day.
        noticed: how long before it people are still told by notices.

    Returns:
        How many threads were begun.
    """
    found = [
        *(_question(one, ends) for one in world.threads["questions"] if one.get("area") in areas or "area" not in one),
        *(_message(one, ends) for one in world.threads["messages"]),
    ]
    _settle_posts(ends, noticed)
    return len([one for one in found if one is not None])


def _who(key: str) -> Standing | None:
    persona = Persona.objects.filter(key=key).select_related("user__authority").first()
    return standing(persona.user) if persona else None


def _at(written: Written, ends: datetime, serial: int = 0) -> datetime:
    return ends - timedelta(days=written["days"]) + MORNING + timedelta(minutes=20 * serial)


def _question(written: Written, ends: datetime) -> Thread | None:
    who = _who(written["by"])
    if who is None:
        return None
    thread = actions.ask(
        who,
        written["desk"],
        written.get("area"),
        written["kind"],
        written["subject"],
        written["text"],
        f"training-{written['id']}",
        now=_at(written, ends),
    )
    _go_on(thread, written, ends)
    return thread


def _message(written: Written, ends: datetime) -> Thread | None:
    """A message about the first of the exchanges lying still that has somebody to write to."""
    who = _who(written["by"])
    for number in _lying(who) if who else ():
        found = queries.addressees(who, number) if who else None
        addressed = (found.coordinated if written["to"] == "own" else found.others) if found else ()
        if who and addressed:
            key = f"training-{written['id']}"
            thread = actions.step_in(who, number, addressed[0].pk, written["text"], key, now=_at(written, ends))
            _go_on(thread, written, ends)
            return thread
    return None


def _lying(who: Standing) -> list[str]:
    rows = Participation.objects.filter(
        authority=who.authority_id, area__in=rights.areas(who), direction="coordinated", phase="open"
    )
    return list(rows.order_by("updated_at", "number").values_list("number", flat=True)[:LOOKED_AT])


def _go_on(thread: Thread, written: Written, ends: datetime) -> None:
    for serial, step in enumerate(written.get("steps", ()), 1):
        version = Thread.objects.values_list("version", flat=True).get(pk=thread.pk)
        who = _who(step["by"]) if "by" in step else _somebody(thread)
        if who is None:
            return
        now = _at(step, ends, serial)
        match step["do"]:
            case "write":
                actions.write(who, thread.pk, step["text"], version, now)
            case "take":
                actions.take(who, thread.pk, version, now)
            case "settle":
                actions.settle(who, thread.pk, version, now)
            case "hand_over":
                actions.hand_over(who, thread.pk, step["desk"], version, now)
            case "publish":
                actions.publish(who, thread.pk, who.language, step["title"], step["text"], now)


def _somebody(thread: Thread) -> Standing | None:
    """The first person who answers for the authority that was written to."""
    people = User.objects.filter(authority=thread.answering_id, is_active=True).select_related("authority")
    found = (standing(user) for user in people.order_by("pk"))
    return next((one for one in found if rights.answers(one, thread.area_id)), None)


def _settle_posts(ends: datetime, noticed: timedelta) -> None:
    """Treat what had to be told as told; of the last days notices are kept."""
    waiting = Post.objects.exclude(tells="").filter(told_at__isnull=True, at__lte=ends)
    for post, at in waiting.order_by("at", "pk").values_list("pk", "at"):
        if at < ends - noticed:
            Post.objects.filter(pk=post).update(told_at=at)
        else:
            tell_of(post, at)
