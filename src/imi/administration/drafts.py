"""Title and description in the languages that nobody has written: drafts by machine, until a person confirms them.

An order is a row; its words are translated by the jobs of :mod:`imi.translation`, and the worker puts the draft onto
the card once they are done. What a person wrote or confirmed is never overwritten, also not when both happen at the
same moment. A draft is made only from what a person wrote, and never from another draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import limits, reasons, rights
from imi.administration.access import locked_authority
from imi.administration.acts import Author, record
from imi.administration.cards import write_text
from imi.administration.models import DraftOrder
from imi.administration.reasons import Refused, demand
from imi.database.chore import Chore
from imi.directory.actions import index_authorities
from imi.directory.models import Authority, AuthorityText
from imi.translation import engines, jobs
from imi.translation.drafts import ENDED, ORDERED_A_DAY, overtaken, prospects
from imi.translation.models import Job

AT_ONCE = 50
_DRAFTS = Chore("drafts")
ERRORS_KEPT = timedelta(days=30)
_LONGEST_TITLE = AuthorityText._meta.get_field("informal").max_length or 0


@transaction.atomic
def order(who: Standing, source: str, now: datetime | None = None) -> list[str]:
    """Order drafts in all languages that lack a text and into which it can be translated.

    Returns:
        The languages for which a draft is on its way now.

    Raises:
        Refused: ``who`` is no local data administrator, there is no text by a person in that language, or very much
            was ordered already.
    """
    demand(rights.to_administer(who, who.authority_id))
    now = now or timezone.now()
    authority = locked_authority(who.authority_id)
    texts = {text.lang: text for text in AuthorityText.objects.filter(authority=authority)}
    original = texts.get(source)
    if original is None or original.machine:
        raise Refused(reasons.NEEDS_TITLE)
    wanted = take_on(DraftOrder.objects.filter(authority=authority), texts, source, authority.pk, now)
    for lang in wanted:
        _order(who, authority, original, lang, now)
    return wanted


def take_on(orders: QuerySet[Any], texts: Mapping[str, Any], source: str, authority: str, now: datetime) -> list[str]:
    """Make room for new orders of drafts; call it within an act.

    Orders of earlier words, and the notes that a draft could not be made, are dropped.

    Args:
        orders: those of the thing that the texts are about.
        texts: its texts by language.
        source: the language from which drafts are wanted; its text was written or confirmed by a person.
        authority: who orders.

    Returns:
        The languages in which drafts can be ordered now: those that lack a text and for which none is on its way.

    Raises:
        Refused: very much was ordered already.
    """
    orders.exclude(error="").delete()
    waiting = set(orders.filter(source_digest=texts[source].digest()).values_list("lang", flat=True))
    possible = prospects(texts, source, waiting).possible
    if possible and not limits.take("drafts", authority, ORDERED_A_DAY, timedelta(days=1), now):
        raise Refused(reasons.TOO_OFTEN)
    orders.filter(lang__in=possible).delete()  # of earlier words
    return list(possible)


def _order(who: Standing, authority: Authority, original: AuthorityText, lang: str, now: datetime) -> None:
    route = engines.route(original.lang, lang)
    if route is None:
        return
    description = jobs.ask(original.description, route, now) if original.description.strip() else None
    DraftOrder.objects.create(
        authority=authority,
        lang=lang,
        source_lang=original.lang,
        source_digest=original.digest(),
        title_job=jobs.ask(original.informal, route, now),
        description_job=description,
        by_user_id=who.user_id,
        made_at=now,
    )


@transaction.atomic
def discard(who: Standing, lang: str, now: datetime | None = None) -> None:
    """Throw a draft away; also the note that one could not be made.

    Raises:
        Refused: ``who`` is no local data administrator, or a person wrote or confirmed the text.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    failed = DraftOrder.objects.filter(authority=authority, lang=lang).exclude(error="").delete()[0]
    text = AuthorityText.objects.filter(authority=authority, lang=lang).first()
    if text is not None and text.machine:
        write_text(who, lang, "", "", now=now)
    elif not failed:
        raise Refused(reasons.OVERTAKEN)


# --- what the worker does --------------------------------------------------------------------------------------------


def collect(now: datetime) -> int:
    """Put drafts whose jobs are done onto their cards; how many. Notes of failures are dropped after a month."""
    described = Q(description_job=None) | Q(description_job__state__in=ENDED)
    ready = DraftOrder.objects.filter(described, error="", title_job__state__in=ENDED)
    ready = ready.exclude(pk__in=_DRAFTS.resting(now)).order_by("made_at", "pk")
    done = _DRAFTS.each(ready.values_list("pk", flat=True)[:AT_ONCE], _collect, now)
    if not done:
        DraftOrder.objects.filter(made_at__lt=now - ERRORS_KEPT).exclude(error="").delete()
    return done


@transaction.atomic
def _collect(order_id: int, now: datetime) -> bool:
    place = DraftOrder.objects.filter(pk=order_id).values_list("authority", flat=True).first()
    if place is None:
        return False
    authority = locked_authority(place)
    found = DraftOrder.objects.filter(pk=order_id, error="").select_related("title_job", "description_job").first()
    if found is None:
        return False
    error = _fault(found)
    if error:
        DraftOrder.objects.filter(pk=order_id).update(error=error)
        return True
    found.delete()
    return _put(authority, found, now)


def _fault(found: DraftOrder) -> str:
    """Why there is no draft; empty if there is one."""
    both = [job for job in (found.title_job, found.description_job) if job is not None]
    failed = next((job.error for job in both if job.state == Job.State.FAILED), "")
    return failed or ("too_long" if len(found.title_job.result) > _LONGEST_TITLE else "")


def _put(authority: Authority, found: DraftOrder, now: datetime) -> bool:
    """Write a draft, unless a person was quicker or the original is another one now."""
    texts = {text.lang: text for text in AuthorityText.objects.filter(authority=authority)}
    if overtaken(texts, found.source_lang, found.source_digest, found.lang):
        return False
    present = texts.get(found.lang)
    values: dict[str, Any] = {
        "informal": found.title_job.result,
        "description": found.description_job.result if found.description_job else "",
        "machine": True,
        "source_lang": found.source_lang,
        "source_digest": found.source_digest,
        "engine": found.title_job.engine,
        "via": found.title_job.via,
        "drafted_at": now,
    }
    AuthorityText.objects.update_or_create(authority=authority, lang=found.lang, defaults=values)
    index_authorities([authority.pk])
    before = {"informal": present.informal, "description": present.description} if present else None
    details = {
        "lang": found.lang,
        "source": found.source_lang,
        "before": before,
        "after": {"informal": values["informal"], "description": values["description"]},
    }
    by = Author("user", found.by_user_id, authority.pk)
    record("authority.text_drafted", by, authority=authority.pk, details=details, now=now)
    return True
