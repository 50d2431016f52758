"""Five failures in a row close the way in, without letting strangers lock anybody out.

Each user name has a door with two sides: one for devices on which its owner has signed in before, one for everywhere
else. Every attempt takes one of five places on its side *before* anything is looked at, in one conditional statement,
so that a burst of attempts on any number of processes gets five looks; success gives the places back.

* Strangers who use up five places close their side only. The owner still comes in from a known device, and doing so
  opens it again; otherwise a new temporary password does.
* Five failures from known devices, or five from strangers who had the *right* password, lock the user altogether: the
  cure is a new temporary password (guide for the first user). Failures with the right password are forgotten only when
  strangers' side is passed, or with new credentials.
* Before that, each attempt has to wait a little longer for its turn. Nobody is kept waiting in the server: the answer
  says when to come back.

Names that nobody has get doors too, which behave alike. Many failures from one network, on however many names, make it
wait as well (``IMI_FAILURES_PER_NETWORK``), except on devices known to their owners.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Least
from django.utils.crypto import salted_hmac

from imi.accounts import outbox
from imi.accounts.models import AccountMail, Door, SignIn, User
from imi.database.chore import Chore
from imi.database.prepared import prepared

FAILURES_ALLOWED = 5
"""Consecutive wrong attempts that close a door (guide for the first user: "after five wrong attempts")."""

DELAYS = (0, 1, 2, 4, 8)
"""Seconds to wait before the first attempt, the second and so on; from then on always the last."""

ANSWER_WITHIN = timedelta(minutes=10)
"""How long an attempt may stay unanswered between its two steps."""

CROWDED_WITHIN, CROWDED_WAIT_SECONDS = timedelta(minutes=10), 60
ALARM_AT, ALARM_WITHIN = 20, timedelta(minutes=10)
STRANGERS_FORGOTTEN = timedelta(days=1)
_AT_ONCE = 50
_ANNOUNCING = Chore("closed doors")
_NEVER = 99  # no counter goes so far

log = logging.getLogger("imi.accounts")


@dataclass(frozen=True, slots=True)
class Knock:
    """What became of an attempt: ``wait`` seconds before it is taken at all, or whether it may look."""

    wait: int
    may_look: bool


def key_of(name: str, user_id: int | None) -> str:
    """Return the key of the door of a user, or of a name that nobody has."""
    if user_id is not None:
        return f"user:{user_id}"
    return f"name:{salted_hmac('imi.accounts.doors', name, algorithm='sha256').hexdigest()}"


def is_crowded(network: str, now: datetime) -> bool:
    """Return whether too many attempts from a network failed in the last minutes."""
    most = settings.IMI_FAILURES_PER_NETWORK
    return len(_failures(network=network, since=now - CROWDED_WITHIN, most=most)) >= most > 0


@prepared("most")
def _failures(network: str, since: datetime, most: int) -> QuerySet[SignIn, int]:
    failed = SignIn.objects.filter(network=network, ok=False, at__gt=since).exclude(network="")
    return failed.values_list("pk", flat=True)[: max(most, 1)]


@transaction.atomic
def knock(key: str, user_id: int | None, known: bool, now: datetime) -> Knock:
    """Take a place for an attempt, counted as failed until :func:`passed`.

    The condition is on the door's own row only: the database decides it anew when another attempt was first.

    Args:
        key: from :func:`key_of`.
        user_id: whose door it is, None for nobody's.
        known: whether the attempt comes from a known device.
        now: the time of the attempt.
    """
    side = "known" if known else "strange"
    new = Door(key=key, user_id=user_id, known_opens_at=now, strange_opens_at=now, last_at=now)
    Door.objects.bulk_create([new], ignore_conflicts=True)
    taken = Door.objects.filter(key=key, **{f"{side}_opens_at__lte": now}).update(**_taken(side, now))
    door = Door.objects.get(key=key)
    failures, opens_at = getattr(door, f"{side}_failures"), getattr(door, f"{side}_opens_at")
    if not taken:
        return Knock(wait=max(1, math.ceil((opens_at - now).total_seconds())), may_look=False)
    shut = door.with_password >= FAILURES_ALLOWED or (not known and door.known_failures >= FAILURES_ALLOWED)
    return Knock(wait=0, may_look=failures <= FAILURES_ALLOWED and not shut)


def _taken(side: str, now: datetime) -> dict[str, object]:
    """What changes when an attempt takes a place; the counter stops one above what is allowed."""
    failures = f"{side}_failures"
    fifth = Q(**{failures: FAILURES_ALLOWED - 1})
    return {
        failures: Least(F(failures) + 1, FAILURES_ALLOWED + 1),
        f"{side}_opens_at": Case(
            *(
                When(**{failures: number}, then=Value(now + timedelta(seconds=delay)))
                for number, delay in enumerate(DELAYS[1:-1])
            ),
            default=Value(now + timedelta(seconds=DELAYS[-1])),
            output_field=DateTimeField(),
        ),
        "last_at": now,
        "closed_at": Case(When(fifth, then=Value(now)), default=F("closed_at"), output_field=DateTimeField()),
        "settled": Case(When(fifth, then=Value(False)), default=F("settled"), output_field=BooleanField()),
        "told_at": Case(When(fifth, then=Value(None)), default=F("told_at"), output_field=DateTimeField()),
    }


def failed(key: str, known: bool, right_password: bool, now: datetime) -> None:
    """Note that an attempt was answered and was wrong; a stranger who had the right password is counted apart."""
    counted = int(right_password and not known)
    # The statement is the same one, whatever happened.
    last = Q(with_password=FAILURES_ALLOWED - 1 if counted else _NEVER)
    Door.objects.filter(key=key).update(
        with_password=Least(F("with_password") + counted, FAILURES_ALLOWED),
        closed_at=Case(When(last, then=Value(now)), default=F("closed_at"), output_field=DateTimeField()),
        told_at=Case(When(last, then=Value(None)), default=F("told_at"), output_field=DateTimeField()),
        settled=True,
    )


def passed(key: str, known: bool) -> None:
    """Give all places back: the owner has come in."""
    Door.objects.filter(key=key).update(
        known_failures=0,
        strange_failures=0,
        with_password=F("with_password") if known else 0,
        closed_at=None,
        told_at=None,
        settled=False,
    )


def unlock(user: User) -> None:
    """Give a locked user all attempts back, for devices and strangers alike."""
    Door.objects.filter(user=user).delete()


def locked(users: Iterable[int]) -> set[int]:
    """Return those of the users who are locked altogether."""
    shut = Q(known_failures__gte=FAILURES_ALLOWED) | Q(with_password__gte=FAILURES_ALLOWED)
    return set(Door.objects.filter(shut, user__in=list(users)).values_list("user", flat=True))


# --- what the worker does --------------------------------------------------------------------------------------------


def announce(now: datetime) -> int:
    """Put a mail into the outbox for each door that was closed: to its owner and, for a lock, the administrators.

    A fifth attempt may still be answered rightly; it is waited for as long as it may take.

    Returns:
        How many doors were announced.
    """
    open_questions = Q(settled=False, closed_at__gt=now - ANSWER_WITHIN)
    waiting = Door.objects.filter(closed_at__isnull=False, told_at=None, user__isnull=False).exclude(open_questions)
    waiting = waiting.exclude(pk__in=_ANNOUNCING.resting(now)).order_by("closed_at").select_related("user")
    closed = {door.pk: door for door in waiting[:_AT_ONCE]}
    done = _ANNOUNCING.each(closed, lambda pk, at: _announce(closed[pk], at), now)
    if done:
        _alarm(now)
    return done


@transaction.atomic
def _announce(door: Door, now: datetime) -> bool:
    still = Door.objects.filter(pk=door.pk, closed_at=door.closed_at, told_at=None)
    if not still.update(told_at=now):
        return False
    whole = max(door.known_failures, door.with_password) >= FAILURES_ALLOWED
    kind = AccountMail.Kind.LOCKED if whole else AccountMail.Kind.STRANGERS_LOCKED
    log.warning("too many failures", extra={"event": f"accounts.{kind.value}"})
    owner = door.user
    if owner is None or not owner.is_active:
        return True
    outbox.put(kind, owner, now)
    outbox.put_colleagues(AccountMail.Kind.COLLEAGUE_LOCKED, owner, now)
    return True


def _alarm(now: datetime) -> None:
    closed = Door.objects.filter(told_at__gt=now - ALARM_WITHIN, user__isnull=False).count()
    if closed > ALARM_AT:
        log.error("many users are being locked", extra={"event": "accounts.alarm", "count": closed})


def forget_strangers(now: datetime, most: int) -> int:
    """Forget doors of names that nobody has when nobody has knocked for a day. Returns how many."""
    old = Door.objects.filter(user=None, last_at__lt=now - STRANGERS_FORGOTTEN).values_list("pk", flat=True)[:most]
    return Door.objects.filter(pk__in=list(old)).delete()[0]
