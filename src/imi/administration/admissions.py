"""Lets authorities in that register themselves: on invitation, or on their own request (routes B and C).

Both begin with a link that is mailed: it works once and for a limited time, and of it only a digest is stored. It is
exchanged for a key that stays in the browser's session; with it the form is saved step by step and submitted. Then a
coordinator validates or refuses with a reason. Sources: IMI questions and answers 2011 (self-registration on
invitation, validated by the coordinator), the public registration request of the later web site (approved by the
national coordinator, open to competent authorities only).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import limits, outbox, reasons, rights
from imi.administration.acts import APPLICANT, SYSTEM, Author, record
from imi.administration.dependence import Coordinators
from imi.administration.forms import STEPS, clean_card, clean_person, faults, languages
from imi.administration.mandates import mandate
from imi.administration.models import Admission
from imi.administration.reasons import Invalid, Refused, demand
from imi.administration.registering import Registered, demand_unlike, enter
from imi.directory.hosts import mail_domain, web_host
from imi.directory.models import Authority, PolicyArea

State = Admission.State

ARROWS: Mapping[str, frozenset[str]] = {
    State.INVITED: frozenset({State.SUBMITTED, State.WITHDRAWN, State.EXPIRED}),
    State.SUBMITTED: frozenset({State.VALIDATED, State.REFUSED, State.WITHDRAWN}),
    State.VALIDATED: frozenset(),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
}
"""How an admission moves; what has no arrow is the end."""

LINK_LASTS = timedelta(days=7)
INVITATION_LASTS = timedelta(days=60)
REQUESTS_OF_AN_ADDRESS = 3
REQUESTS_OF_A_NETWORK = 20
LINKS_OF_AN_ADMISSION = 5
DAY = timedelta(days=1)
_LONGEST_TEXT = 4000
_LONGEST_LIST = 300


# --- how it begins ---------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(who: Standing, email: str, language: str, areas: Collection[str], now: datetime | None = None) -> Admission:
    """Invite an authority to register itself; the link goes to ``email`` (route B).

    Args:
        who: a data administrator of a coordinator that registers authorities.
        language: of the mail and the form.
        areas: those the authority is invited for.

    Raises:
        Refused: ``who`` may not, or a registration for this address is open.
        Invalid: the address is none, or the language or an area is unknown.
    """
    now = now or timezone.now()
    demand(rights.to_register(mandate(who), who.country, (), ()))
    admission = _begin(Admission.Route.INVITATION, who.country, who.authority_id, email, language, areas, now)
    record("admission.invited", Author.of(who), admission=admission.pk, authority=who.authority_id, now=now)
    outbox.tell_applicant("invited", admission, now)
    return admission


def request(
    country: str, email: str, language: str, areas: Collection[str], address: str, now: datetime | None = None
) -> None:
    """Ask to be registered, as anybody of a competent authority may; first the mail address is confirmed (route C).

    Nothing is returned: whoever asks is not told whether the address was known already. A request that is open gets a
    new link instead.

    Args:
        address: the network address that asks.

    Raises:
        Refused: too often from this mail address or network, or the country has nobody who decides.
        Invalid: the address is none, or the language or an area is unknown.
    """
    now = now or timezone.now()
    email = email.strip().lower()
    _check(email, language, areas)
    if not limits.take("network", limits.network(address), REQUESTS_OF_A_NETWORK, DAY, now):
        raise Refused(reasons.TOO_OFTEN)
    if not limits.take("mail", email, REQUESTS_OF_AN_ADDRESS, DAY, now):
        raise Refused(reasons.TOO_OFTEN)
    _ask(country, email, language, areas, now)


@transaction.atomic
def _ask(country: str, email: str, language: str, areas: Collection[str], now: datetime) -> None:
    """Begin a request or mail the link once more; the counters beside it stay even if this is refused."""
    national = Authority.objects.filter(country=country, kind=Authority.Kind.NATIONAL_COORDINATOR, active=True).first()
    if national is None:
        raise Refused(reasons.NO_NATIONAL)
    present = _open().filter(country=country, email=email).first()
    if present is None:
        admission = _begin(Admission.Route.PUBLIC, country, national.pk, email, language, areas, now)
        record("admission.requested", APPLICANT, admission=admission.pk, now=now)
        outbox.tell_applicant("confirm_address", admission, now)
    elif present.state == State.INVITED:
        outbox.tell_applicant(_first_mail(present), present, now)


def _begin(
    route: str, country: str, coordinator: str, email: str, language: str, areas: Collection[str], now: datetime
) -> Admission:
    email = email.strip().lower()
    _check(email, language, areas)
    try:
        with transaction.atomic():
            return Admission.objects.create(
                route=route,
                country_id=country,
                coordinator_id=coordinator,
                email=email,
                language=language,
                areas=sorted(set(areas)),
                mail_domain=mail_domain(email),
                made_at=now,
                expires_at=now + INVITATION_LASTS,
            )
    except IntegrityError as error:
        raise Refused(reasons.OPEN_ADMISSION) from error


def _check(email: str, language: str, areas: Collection[str]) -> None:
    errors: dict[str, list[str]] = {}
    try:
        validate_email(email)
    except ValidationError as error:
        errors["email"] = list(error.messages)
    if language not in languages():
        errors["language"] = [language]
    unknown = set(areas) - set(PolicyArea.objects.filter(pk__in=areas).values_list("pk", flat=True))
    if unknown:
        errors["areas"] = sorted(unknown)
    if errors:
        raise Invalid(errors)


def _first_mail(admission: Admission) -> str:
    return "invited" if admission.route == Admission.Route.INVITATION else "confirm_address"


# --- the link --------------------------------------------------------------------------------------------------------


def _digest(secret: str) -> str:
    """What is stored of a random secret of 256 bits; so long a one needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mint_link(admission: int, now: datetime) -> str | None:
    """Make a new link for an admission and return its token; earlier links stop working.

    The writer of the mail calls it in the transaction that stores the mail, so the token lies nowhere else.

    Returns:
        None if the admission is past the point where its applicant has anything to do.
    """
    token = secrets.token_urlsafe(32)
    waiting = _filled_in(admission, now)
    return token if waiting.update(token_digest=_digest(token), token_until=now + LINK_LASTS) else None


def takes_links(admission: int, now: datetime) -> bool:
    """Whether the applicant of an admission can still get a new link."""
    return _filled_in(admission, now).exists()


def _filled_in(admission: int, now: datetime) -> QuerySet[Admission]:
    return Admission.objects.filter(pk=admission, state=State.INVITED, expires_at__gt=now)


@transaction.atomic
def redeem(token: str, now: datetime | None = None) -> tuple[Admission, str]:
    """Exchange the token of a link for a key; it works once, decided by one conditional update.

    Returns:
        The admission and the key with which its form may be filled in; a key given out before stops working.

    Raises:
        Refused: the link is unknown, used or too old, or the admission has moved on.
    """
    now = now or timezone.now()
    key = secrets.token_urlsafe(32)
    fresh = _with_link(token, now)
    admission = fresh.first()
    if admission is None or not fresh.filter(pk=admission.pk).update(token_digest=None, key_digest=_digest(key)):
        raise Refused(reasons.LINK_OVER)
    record("admission.opened", APPLICANT, admission=admission.pk, now=now)
    admission.refresh_from_db()
    return admission, key


def link_works(token: str, now: datetime | None = None) -> bool:
    """Whether a link may still be followed; asking does not use it up, as mail scanners look at every link."""
    return _with_link(token, now or timezone.now()).exists()


def _with_link(token: str, now: datetime) -> QuerySet[Admission]:
    digest = _digest(token)
    return Admission.objects.filter(token_digest=digest, token_until__gt=now, expires_at__gt=now, state=State.INVITED)


@transaction.atomic
def renew_link(who: Standing, admission_id: int, now: datetime | None = None) -> None:
    """Have the invitation mailed once more.

    Raises:
        Refused: ``who`` may not, it was done too often today, or the admission has moved on or is too old.
    """
    now = now or timezone.now()
    admission = _locked(admission_id)
    demand(rights.to_withdraw(mandate(who), admission))
    if admission.state != State.INVITED or admission.expires_at <= now:
        raise Refused(reasons.WRONG_STATE)
    if not limits.take("link", str(admission.pk), LINKS_OF_AN_ADMISSION, DAY, now):
        raise Refused(reasons.TOO_OFTEN)
    record("admission.link_renewed", Author.of(who), admission=admission.pk, authority=who.authority_id, now=now)
    outbox.tell_applicant(_first_mail(admission), admission, now)


# --- the form --------------------------------------------------------------------------------------------------------


def opened(admission_id: int, key: str, now: datetime | None = None) -> Admission:
    """The admission of an applicant who holds its key; one query.

    Raises:
        Refused: the key does not fit or the admission is over.
    """
    admission = Admission.objects.filter(pk=admission_id).first()
    return _fitting(admission, key, now or timezone.now())


def _fitting(admission: Admission | None, key: str, now: datetime) -> Admission:
    digest = admission.key_digest if admission is not None else ""
    if admission is None or not digest or not hmac.compare_digest(digest, _digest(key)):
        raise Refused(reasons.LINK_OVER)
    if admission.state == State.INVITED and admission.expires_at <= now:
        raise Refused(reasons.LINK_OVER)
    return admission


@transaction.atomic
def save_step(
    admission_id: int, key: str, step: str, typed: Mapping[str, Any], version: int, now: datetime | None = None
) -> dict[str, list[str]]:
    """Store one step of the form as it was typed, also when something is still missing.

    Args:
        version: that of the admission the form was made from; the loser of a race is told and nothing is overwritten.

    Returns:
        What is wrong with the step, by field.

    Raises:
        Refused: the key does not fit, the admission has moved on, or somebody else has changed it meanwhile.
        Invalid: there is no such step, or far more was typed than a field holds.
    """
    now = now or timezone.now()
    admission = _fitting(Admission.objects.select_for_update().filter(pk=admission_id).first(), key, now)
    if admission.state != State.INVITED:
        raise Refused(reasons.WRONG_STATE)
    if admission.version != version:
        raise Refused(reasons.OVERTAKEN)
    if step not in STEPS:
        raise Invalid({"step": [step]})
    admission.data = {**admission.data, step: _bounded(step, typed)}
    admission.version += 1
    _note_keys(admission)
    admission.save(update_fields=["data", "version", "name", "city", "mail_domain", "web_host"])
    return faults(admission.country_id, step, admission.data[step])


def _bounded(step: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a step, as text or lists of text of bearable length."""
    kept: dict[str, Any] = {}
    for name in STEPS[step].base_fields:
        value = typed.get(name, "")
        many = isinstance(value, (list, tuple))
        texts = [str(one).replace("\x00", "") for one in (value if many else [value])]
        if len(texts) > _LONGEST_LIST or any(len(one) > _LONGEST_TEXT for one in texts):
            raise Invalid({f"{step}.{name}": [str(reasons.INCOMPLETE)]})
        kept[name] = texts if many else texts[0]
    return kept


def _note_keys(admission: Admission) -> None:
    """Keep by what others may find that somebody is registering this body already."""
    named, contact = admission.data.get("authority", {}), admission.data.get("contact", {})
    admission.name = named.get("name", "")[:300]
    admission.city = contact.get("city", "")[:120]
    admission.mail_domain = mail_domain(contact.get("email", "") or admission.email)
    admission.web_host = web_host(contact.get("website", ""))


@transaction.atomic
def submit(admission_id: int, key: str, now: datetime | None = None) -> Admission:
    """Hand the completed form to the coordinator.

    Raises:
        Refused: the key does not fit or the admission has moved on.
        Invalid: something is missing.
    """
    now = now or timezone.now()
    admission = _fitting(Admission.objects.select_for_update().filter(pk=admission_id).first(), key, now)
    clean_card(admission.country_id, admission.data)
    clean_person(admission.country_id, admission.data)
    _move(admission, State.SUBMITTED, now, submitted_at=now)
    record("admission.submitted", APPLICANT, admission=admission.pk, details={"name": admission.name}, now=now)
    outbox.tell_data_administrators("submitted", admission.coordinator_id, now, admission=admission)
    return admission


# --- how it ends -----------------------------------------------------------------------------------------------------


@transaction.atomic
def validate(
    who: Standing,
    admission_id: int,
    coordinators: Coordinators,
    seen: Collection[str] = (),
    now: datetime | None = None,
) -> Registered:
    """Let the authority in: it is registered with its first user and its accesses.

    Args:
        coordinators: the areas it gets access to, each with its request coordinators.
        seen: ids of what looks alike and has been looked at.

    Raises:
        Refused: ``who`` may not, the coordinators do not fit, or the admission has moved on.
        LooksAlike: it may be registered already.
    """
    now = now or timezone.now()
    admission = _locked(admission_id)
    country = admission.country_id
    may = mandate(who)
    demand(rights.to_decide(may, admission, _regions(admission)))
    demand(rights.to_give_areas(may, coordinators, _regions(admission)))
    if State.VALIDATED not in ARROWS[admission.state]:
        raise Refused(reasons.WRONG_STATE)
    card, person = clean_card(country, admission.data), clean_person(country, admission.data)
    demand_unlike(country, card, seen, apart_from=f"admission:{admission.pk}")
    made = enter(Author.of(who), who.authority_id, country, card, person, coordinators, now)
    _move(admission, State.VALIDATED, now, ended_at=now, authority=made.authority, data={})
    record("admission.validated", Author.of(who), admission=admission.pk, authority=made.authority.pk, now=now)
    outbox.tell_applicant("validated", admission, now)
    return made


@transaction.atomic
def refuse(who: Standing, admission_id: int, reason: str, now: datetime | None = None) -> Admission:
    """Do not let the authority in, and say why; what was typed about its person is forgotten.

    Raises:
        Refused: ``who`` may not, there is no reason, or the admission has moved on.
    """
    now = now or timezone.now()
    admission = _locked(admission_id)
    demand(rights.to_decide(mandate(who), admission, _regions(admission)))
    if not reason.strip():
        raise Refused(reasons.NEEDS_REASON)
    _move(admission, State.REFUSED, now, ended_at=now, reason=reason.strip()[:_LONGEST_TEXT], data={})
    details = {"reason": admission.reason, "name": admission.name}
    by = Author.of(who)
    record("admission.refused", by, admission=admission.pk, authority=who.authority_id, details=details, now=now)
    outbox.tell_applicant("refused", admission, now)
    return admission


@transaction.atomic
def withdraw(who: Standing, admission_id: int, now: datetime | None = None) -> Admission:
    """Take an invitation back, or end a request that has become pointless.

    Raises:
        Refused: ``who`` may not, or the admission has moved on.
    """
    now = now or timezone.now()
    admission = _locked(admission_id)
    demand(rights.to_withdraw(mandate(who), admission))
    _move(admission, State.WITHDRAWN, now, ended_at=now, data={})
    record("admission.withdrawn", Author.of(who), admission=admission.pk, authority=who.authority_id, now=now)
    return admission


@transaction.atomic
def give_up(admission_id: int, key: str, now: datetime | None = None) -> Admission:
    """Withdraw as the applicant.

    Raises:
        Refused: the key does not fit or the admission has moved on.
    """
    now = now or timezone.now()
    admission = _fitting(Admission.objects.select_for_update().filter(pk=admission_id).first(), key, now)
    _move(admission, State.WITHDRAWN, now, ended_at=now, data={})
    record("admission.withdrawn", APPLICANT, admission=admission.pk, now=now)
    return admission


@transaction.atomic
def expire(admission_id: int, now: datetime) -> bool:
    """End an invitation that nobody has answered in time.

    Returns:
        False if it has moved on meanwhile.
    """
    admission = Admission.objects.select_for_update().filter(pk=admission_id, expires_at__lte=now).first()
    if admission is None or admission.state != State.INVITED:
        return False
    _move(admission, State.EXPIRED, now, ended_at=now, data={})
    record("admission.expired", SYSTEM, admission=admission.pk, now=now)
    return True


# --- the one way in which it moves -----------------------------------------------------------------------------------


def _open() -> Any:
    return Admission.objects.filter(state__in=[state for state, onward in ARROWS.items() if onward])


def _locked(admission_id: int) -> Admission:
    found = Admission.objects.select_for_update().filter(pk=admission_id).first()
    if found is None:
        raise Refused(reasons.NOT_FOUND)
    return found


def _regions(admission: Admission) -> list[str]:
    regions = admission.data.get("authority", {}).get("regions", [])
    return regions if isinstance(regions, list) else [regions]


def _move(admission: Admission, state: str, now: datetime, **changes: Any) -> None:
    """Follow an arrow; a link and a key end with the state in which the applicant has something to do.

    Raises:
        Refused: there is no such arrow from where the admission stands.
    """
    before = admission.state
    if state not in ARROWS[before]:
        raise Refused(reasons.WRONG_STATE)
    changes |= {"state": state, "token_digest": None, "version": admission.version + 1}
    if not ARROWS[state]:
        changes["key_digest"] = ""
    # The condition holds also where a database does not lock rows.
    if not Admission.objects.filter(pk=admission.pk, state=before).update(**changes):
        raise Refused(reasons.OVERTAKEN)
    for name, value in changes.items():
        setattr(admission, name, value)
