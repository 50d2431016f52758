"""Plans in several languages: written by people, or drafted by machine until a person confirms them.

It works as for title and description of an authority (:mod:`imi.administration.drafts`): an order is a row, its words
are translated by the jobs of :mod:`imi.translation`, and the worker puts the draft into the plan once they are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.drafts import AT_ONCE, ERRORS_KEPT, take_on
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.database.chore import Chore
from imi.outreach import reasons, rights
from imi.outreach.models import Plan, PlanDraftOrder, PlanText
from imi.outreach.words import chosen, plain
from imi.translation import engines, jobs
from imi.translation.drafts import BY_A_PERSON, ENDED, job_of, overtaken
from imi.translation.engine import Route
from imi.translation.models import Job

_DRAFTS = Chore("drafts of plans")
_LONGEST = PlanText._meta.get_field("title").max_length or 0
"""Of a title, and of the words of a to-do."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A plan in one language; ``todos`` in the order of their numbers."""

    title: str
    body: str
    todos: tuple[str, ...]


def text_of(plan: Plan, lang: str) -> PlanText:
    """The text of a plan that a reader gets: in the own language, else in English, else as it was announced.

    No query where the texts of the plan were fetched.

    Raises:
        ValueError: the plan has no text.
    """
    found = chosen(plan.texts.all(), lang, plan.language)
    if found is None:
        raise ValueError(f"plan {plan.pk} has no text")
    return found


def todo_in(text: PlanText, number: int) -> str:
    """The words of a to-do."""
    return str(text.todos.get(str(number), ""))


# --- writing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def write(
    who: Standing, plan_id: int, lang: str, wording: Wording, now: datetime | None = None, seen: str | None = None
) -> None:
    """Say a plan in one language, or confirm a draft; an empty title takes the language away.

    Args:
        seen: what :func:`mark_of` said of the text that the writer had before the eyes, if there was one to see.

    Raises:
        Refused: ``who`` may not, the language in which the plan was announced would go, or somebody was quicker.
        Invalid: a to-do has no words, or they are too long.
    """
    plan = _own(who, plan_id)
    present = plan.texts.filter(lang=lang).first()
    if seen is not None and seen != mark_of(present):
        raise Refused(administration.OVERTAKEN)
    if not plain(wording.title):
        if lang == plan.language:
            raise Refused(reasons.ANNOUNCED_IN)
        if present is None:
            return
        present.delete()
        after = None
    else:
        after = keep(plan, lang, wording)
    if present is None or after is None or present.machine or present.digest() != after.digest():
        details = {"lang": lang, "before": _said(present), "after": _said(after)}
        record("plan.text_changed", Author.of(who), authority=plan.host_id, details=details, now=now)


def mark_of(text: PlanText | None) -> str:
    """What changes when somebody writes in a language; empty where nobody has."""
    return text.digest() if text is not None else ""


def keep(plan: Plan, lang: str, wording: Wording) -> PlanText:
    """Store what a person has written of a plan in a language; call it within an act.

    Raises:
        Invalid: a to-do has no words, or they are too long.
    """
    numbers = sorted(plan.todos.values_list("number", flat=True))
    words = [plain(text) for text in wording.todos]
    wrong = {f"todo_{number}": text for number, text in zip(numbers, words, strict=False) if not _fits(text)}
    if wrong or len(words) != len(numbers):
        raise Invalid({name: [str(reasons.NO_WORDS)] for name in wrong or ("todos",)})
    title = plain(wording.title)
    if not _fits(title):
        raise Invalid({"title": [str(reasons.NO_WORDS)]})
    values = {
        "title": title,
        "body": plain(wording.body),
        "todos": {str(number): text for number, text in zip(numbers, words, strict=True)},
        "machine": False,
        **BY_A_PERSON,
    }
    return PlanText.objects.update_or_create(plan=plan, lang=lang, defaults=values)[0]


def _fits(text: str) -> bool:
    return 0 < len(text) <= _LONGEST


def _said(text: PlanText | None) -> str:
    """What is recorded of a text."""
    return " · ".join(_pieces(text).values()) if text is not None else ""


def _own(who: Standing, plan_id: int) -> Plan:
    """A plan of the own authority that ``who`` may change, held until the transaction ends."""
    plan = Plan.objects.select_for_update(of=("self",)).filter(pk=plan_id, withdrawn_at=None).first()
    if plan is None or plan.host_id is None or plan.host_id != who.authority_id:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_announce(mandate(who), plan.areas.values_list("pk", flat=True)))
    return plan


# --- drafts by machine -----------------------------------------------------------------------------------------------


@transaction.atomic
def order(who: Standing, plan_id: int, source: str, now: datetime | None = None) -> list[str]:
    """Order drafts in all languages that lack a text and into which it can be translated.

    Returns:
        The languages for which a draft is on its way now.

    Raises:
        Refused: ``who`` may not, there is no text by a person in that language, or very much was ordered already.
    """
    now = now or timezone.now()
    plan = _own(who, plan_id)
    texts = {text.lang: text for text in plan.texts.all()}
    original = texts.get(source)
    if original is None or original.machine:
        raise Refused(reasons.NO_TEXT)
    wanted = take_on(PlanDraftOrder.objects.filter(plan=plan), texts, source, who.authority_id, now)
    for lang in wanted:
        _order(who, original, lang, now)
    return wanted


def _order(who: Standing, original: PlanText, lang: str, now: datetime) -> None:
    route = engines.route(original.lang, lang)
    if route is None:
        return
    for text in _pieces(original).values():
        jobs.ask(text, route, now)
    PlanDraftOrder.objects.create(
        plan_id=original.plan_id,
        lang=lang,
        source_lang=original.lang,
        source_digest=original.digest(),
        engine=route.engine,
        version=route.version,
        via=route.via,
        by_user_id=who.user_id,
        made_at=now,
    )


def _pieces(text: PlanText) -> dict[str, str]:
    """What is translated by itself: title, body where there is one, and each to-do by its number."""
    return {"title": text.title, **({"body": text.body} if text.body else {}), **text.todos}


@transaction.atomic
def discard(who: Standing, plan_id: int, lang: str, now: datetime | None = None) -> None:
    """Throw a draft away; also the note that one could not be made.

    Raises:
        Refused: ``who`` may not, or a person wrote or confirmed the text.
    """
    plan = _own(who, plan_id)
    failed = PlanDraftOrder.objects.filter(plan=plan, lang=lang).exclude(error="").delete()[0]
    text = plan.texts.filter(lang=lang).first()
    if text is not None and text.machine:
        write(who, plan_id, lang, Wording("", "", ()), now)
    elif not failed:
        raise Refused(administration.OVERTAKEN)


def collect(now: datetime) -> int:
    """Put drafts whose jobs are done into their plans; how many. Notes of failures are dropped after a month."""
    open_ones = PlanDraftOrder.objects.filter(error="").exclude(pk__in=_DRAFTS.resting(now)).order_by("made_at", "pk")
    done = _DRAFTS.each(open_ones.values_list("pk", flat=True)[:AT_ONCE], _collect, now)
    if not done:
        PlanDraftOrder.objects.filter(made_at__lt=now - ERRORS_KEPT).exclude(error="").delete()
    return done


@transaction.atomic
def _collect(order_id: int, now: datetime) -> bool:
    ordered = PlanDraftOrder.objects.filter(pk=order_id).values("plan")
    plan = Plan.objects.select_for_update(of=("self",)).filter(pk__in=ordered).first()
    found = PlanDraftOrder.objects.filter(pk=order_id, error="").first()
    if plan is None or found is None:
        return False
    texts = {text.lang: text for text in plan.texts.all()}
    if overtaken(texts, found.source_lang, found.source_digest, found.lang):
        found.delete()
        return True
    pieces = _pieces(texts[found.source_lang])
    route = Route(found.engine, found.version, found.source_lang, found.lang, found.via)
    made = {name: job_of(jobs.digest_of(text), route) for name, text in pieces.items()}
    if any(job is not None and job.state not in ENDED for job in made.values()):
        return False
    error = _fault(made)
    if error:
        PlanDraftOrder.objects.filter(pk=order_id).update(error=error)
        return True
    found.delete()
    _put(plan, found, {name: job.result for name, job in made.items() if job is not None}, now)
    return True


def _fault(made: Mapping[str, Job | None]) -> str:
    """Why there is no draft; empty if there is one."""
    if any(job is None for job in made.values()):
        return "crashed"
    failed: Iterable[str] = (job.error for job in made.values() if job is not None and job.state == Job.State.FAILED)
    long = any(job is not None and name != "body" and len(job.result) > _LONGEST for name, job in made.items())
    return next(iter(failed), "") or ("too_long" if long else "")


def _put(plan: Plan, found: PlanDraftOrder, made: Mapping[str, str], now: datetime) -> None:
    present = plan.texts.filter(lang=found.lang).first()
    values = {
        "title": made["title"],
        "body": made.get("body", ""),
        "todos": {name: text for name, text in made.items() if name not in ("title", "body")},
        "machine": True,
        "source_lang": found.source_lang,
        "source_digest": found.source_digest,
        "engine": found.engine,
        "via": found.via,
        "drafted_at": now,
    }
    drafted = PlanText.objects.update_or_create(plan=plan, lang=found.lang, defaults=values)[0]
    before, after = _said(present), _said(drafted)
    details = {"lang": found.lang, "source": found.source_lang, "before": before, "after": after}
    by = Author("user", found.by_user_id, plan.host_id)
    record("plan.text_drafted", by, authority=plan.host_id, details=details, now=now)
