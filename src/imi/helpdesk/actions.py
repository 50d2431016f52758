"""Writes of the help desk: one act, one transaction, one function; what was done stands in the thread itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import limits, reasons
from imi.administration.reasons import Invalid, Reason, Refused, demand
from imi.helpdesk import queries, rights
from imi.helpdesk import reasons as own
from imi.helpdesk.models import Answer, Post, Thread

LONGEST_TEXT = 4000
LONGEST_SUBJECT = 150
BEGUN_A_DAY = 30
WRITTEN_A_DAY = 200
ANSWERS_KEPT = 200
Did, Side, Sort, State = Post.Did, Post.Side, Thread.Sort, Thread.State


@transaction.atomic
def ask(
    who: Standing,
    desk: str,
    area: str | None,
    kind: str,
    subject: str,
    text: str,
    key: str,
    number: str = "",
    now: datetime | None = None,
) -> Thread:
    """Ask a coordinator.

    Args:
        desk: the coordinator.
        area: a policy area of the own authority, or None for a question about the system in general.
        kind: one of ``Thread.Kind``.
        key: drawn for the form; the same form sent again has no second effect.
        number: of an exchange of the own authority, if it is about one.

    Raises:
        Refused: the coordinator does not stand behind the authority, or very much was asked already.
        Invalid: something is missing or too long, or the authority has no exchange with that number.
    """
    now = now or timezone.now()
    known = _sent_before(who, key)
    if known is not None:
        return known
    if not any(one.coordinator.pk == desk and one.area == area for one in queries.desks(who)):
        raise Refused(own.NO_DESK)
    if kind not in Thread.Kind.values:
        raise Invalid({"kind": [str(reasons.MISSING)]})
    if number and number not in queries.may_open(who, [number]):
        raise Invalid({"number": [str(own.UNKNOWN_NUMBER)]})
    subject = _said("subject", subject, LONGEST_SUBJECT)
    text = _said("text", text, LONGEST_TEXT)
    _count("helpdesk", BEGUN_A_DAY, who, now)
    question = Thread(
        sort=Sort.QUESTION, kind=kind, answering_id=desk, area_id=area, subject=subject, number=number, key=key
    )
    return _begin(who, question, text, now)


@transaction.atomic
def step_in(who: Standing, number: str, addressee: str, text: str, key: str, now: datetime | None = None) -> Thread:
    """Write, as a coordinator that stands behind an exchange, to its authority or to a coordinator of the other side.

    Raises:
        Refused: ``who`` does not answer for such a coordinator, the addressee has no part in the exchange, or very
            much was written already.
        Invalid: nothing was written, or too much.
    """
    now = now or timezone.now()
    known = _sent_before(who, key)
    if known is not None:
        return known
    found = queries.addressees(who, number)
    if found is None:
        raise Refused(own.NO_COORDINATOR_HERE)
    if addressee not in {one.pk for one in (*found.coordinated, *found.others)}:
        raise Refused(own.NOT_ADDRESSABLE)
    text = _said("text", text, LONGEST_TEXT)
    _count("helpdesk", BEGUN_A_DAY, who, now)
    message = Thread(sort=Sort.MESSAGE, answering_id=addressee, area_id=found.area, number=number, key=key)
    return _begin(who, message, text, now)


@transaction.atomic
def write(who: Standing, thread_id: int, text: str, version: int, now: datetime | None = None) -> Post:
    """Go on with a thread: it is the other side's turn then. What is settled only the asking side opens again.

    Args:
        version: of the thread as it was read.

    Raises:
        Refused: ``who`` has no part in it, it is settled, something has happened meanwhile, or very much was written
            already.
        Invalid: nothing was written, or too much.
    """
    now = now or timezone.now()
    thread, side = _held(who, thread_id, version)
    settled = thread.state == State.SETTLED
    if settled and side != Side.ASKING:
        raise Refused(own.SETTLED)
    text = _said("text", text, LONGEST_TEXT)
    _count("helpdesk-text", WRITTEN_A_DAY, who, now)
    asking = side == Side.ASKING
    _move(thread, now, state=State.OPEN if asking else State.ANSWERED, settled_at=None)
    did = Did.REOPENED if settled else Did.WROTE
    return _post(who, thread, did, side, now, text, tells=Side.ANSWERING if asking else Side.ASKING)


@transaction.atomic
def take(who: Standing, thread_id: int, version: int, now: datetime | None = None) -> None:
    """Take what came to the own authority on oneself, also from a colleague who has left or is away.

    Raises:
        Refused: ``who`` does not answer for the authority that was asked, it is settled, or something has happened.
    """
    now = now or timezone.now()
    thread, side = _held(who, thread_id, version)
    demand(_only_answering(side) or _only_running(thread))
    _move(thread, now, assignee_id=who.user_id, since=thread.since)
    _post(who, thread, Did.TOOK, Side.ANSWERING, now)


@transaction.atomic
def hand_over(who: Standing, thread_id: int, desk: str, version: int, now: datetime | None = None) -> None:
    """Hand a question over to another coordinator behind the asking authority, or to the national one.

    Raises:
        Refused: ``who`` does not answer for the authority that was asked, the other one is not in the chain, it is
            settled or no question, or something has happened meanwhile.
    """
    now = now or timezone.now()
    thread, side = _held(who, thread_id, version)
    demand(_only_answering(side) or _only_running(thread) or _only_question(thread))
    if desk not in {one.pk for one in queries.chain(thread)}:
        raise Refused(own.NO_DESK)
    _move(thread, now, answering_id=desk, assignee_id=None, state=State.OPEN)
    _post(who, thread, Did.HANDED_OVER, Side.ANSWERING, now, tells=Side.ANSWERING)


@transaction.atomic
def settle(who: Standing, thread_id: int, version: int, now: datetime | None = None) -> None:
    """End a thread; it is kept for a while (``IMI_KEEP_HELP_THREADS``) and can be opened again until then.

    Raises:
        Refused: ``who`` has no part in it, it is settled already, or something has happened meanwhile.
    """
    now = now or timezone.now()
    thread, side = _held(who, thread_id, version)
    demand(_only_running(thread))
    _move(thread, now, state=State.SETTLED, settled_at=now)
    # Who has just got the answer needs no notice of the end; a question ended by the desk is told to the asker.
    tells = Side.ASKING if side == Side.ANSWERING else ""
    _post(who, thread, Did.SETTLED, side, now, tells=tells)


# --- frequent answers ------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(who: Standing, thread_id: int, language: str, title: str, text: str, now: datetime | None = None) -> Answer:
    """Publish what was answered for all authorities behind the own one, in words without anything of the question.

    Raises:
        Refused: ``who`` does not answer for the authority that was asked, the question is not settled, or very much is
            published already.
        Invalid: something is missing or too long.
    """
    thread, side = _held(who, thread_id)
    demand(_only_answering(side) or _only_question(thread))
    if thread.state != State.SETTLED:
        raise Refused(own.NOT_SETTLED)
    if Answer.objects.filter(coordinator=who.authority_id).count() >= ANSWERS_KEPT:
        raise Refused(reasons.TOO_MANY)
    return Answer.objects.create(
        coordinator_id=who.authority_id,
        area_id=thread.area_id,
        language=language,
        title=_said("title", title, LONGEST_SUBJECT),
        text=_said("text", text, LONGEST_TEXT),
        by_user_id=who.user_id,
        changed_at=now or timezone.now(),
    )


@transaction.atomic
def change_answer(
    who: Standing, answer_id: int, language: str, title: str, text: str, version: int, now: datetime | None = None
) -> None:
    """Change a frequent answer of the own authority.

    Raises:
        Refused: ``who`` may not, or somebody else has changed it since it was read.
        Invalid: something is missing or too long.
    """
    found = queries.answer(who, answer_id)
    changed = Answer.objects.filter(pk=found.pk, version=version).update(
        language=language,
        title=_said("title", title, LONGEST_SUBJECT),
        text=_said("text", text, LONGEST_TEXT),
        by_user_id=who.user_id,
        changed_at=now or timezone.now(),
        version=version + 1,
    )
    if not changed:
        raise Refused(reasons.OVERTAKEN)


@transaction.atomic
def remove_answer(who: Standing, answer_id: int) -> None:
    """Take a frequent answer of the own authority away.

    Raises:
        Refused: ``who`` may not.
    """
    queries.answer(who, answer_id).delete()


# --- parts -----------------------------------------------------------------------------------------------------------


def _sent_before(who: Standing, key: str) -> Thread | None:
    """The thread that the same form has begun already."""
    return Thread.objects.filter(key=key, asked_by=who.user_id).first()


def _begin(who: Standing, thread: Thread, text: str, now: datetime) -> Thread:
    """Store a new thread with its first text. Of one form sent twice at the same moment the first one holds."""
    thread.asking_id, thread.asked_by_id, thread.made_at, thread.since = who.authority_id, who.user_id, now, now
    try:
        with transaction.atomic():
            thread.save(force_insert=True)
    except IntegrityError:
        known = _sent_before(who, thread.key)
        if known is None:
            raise Refused(reasons.OVERTAKEN) from None
        return known
    _post(who, thread, Did.WROTE, Side.ASKING, now, text, tells=Side.ANSWERING)
    return thread


def _held(who: Standing, thread_id: int, version: int | None = None) -> tuple[Thread, Post.Side]:
    """A thread locked until the act is done, and the side on which ``who`` stands.

    Raises:
        Refused: ``who`` has no part in it, or it is not in the version that was read any more.
    """
    thread = Thread.objects.select_for_update().filter(pk=thread_id).first()
    side = rights.side_of(who, thread) if thread else None
    if thread is None or side is None:
        raise Refused(reasons.NOT_FOUND)
    if version is not None and thread.version != version:
        raise Refused(reasons.OVERTAKEN)
    return thread, side


def _move(thread: Thread, now: datetime, **changed: Any) -> None:
    """Change a thread. Compared with the version, so that of two acts at the same moment the first one holds."""
    values = {"since": now, **changed, "version": thread.version + 1}
    if not Thread.objects.filter(pk=thread.pk, version=thread.version).update(**values):
        raise Refused(reasons.OVERTAKEN)


def _post(
    who: Standing, thread: Thread, did: Post.Did, side: Post.Side, now: datetime, text: str = "", tells: str = ""
) -> Post:
    return Post.objects.create(
        thread=thread,
        did=did,
        side=side,
        by_user_id=who.user_id,
        by_authority_id=who.authority_id,
        language=who.language,
        text=text,
        at=now,
        tells=tells,
    )


def _said(field: str, text: str, longest: int) -> str:
    """What was written, without what no database keeps.

    Raises:
        Invalid: nothing was written, or too much.
    """
    text = text.replace("\x00", "").strip()
    if not text or len(text) > longest:
        raise Invalid({field: [str(reasons.TOO_LONG if text else reasons.MISSING)]})
    return text


def _count(what: str, most: int, who: Standing, now: datetime) -> None:
    """Count what somebody begins or writes: each is a notice and a mail for the other side."""
    if not limits.take(what, str(who.user_id), most, timedelta(days=1), now):
        raise Refused(reasons.TOO_OFTEN)


def _only_answering(side: Post.Side) -> Reason | None:
    return None if side == Side.ANSWERING else own.NOT_THE_DESK


def _only_running(thread: Thread) -> Reason | None:
    return own.SETTLED if thread.state == State.SETTLED else None


def _only_question(thread: Thread) -> Reason | None:
    return None if thread.sort == Sort.QUESTION else own.NO_QUESTION
