"""Writes of the accounts: signing in and out, registering users, giving roles."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Value, When
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import sessions
from imi.accounts.models import RoleGrant, SignIn, User
from imi.directory.folding import fold
from imi.directory.models import Access

FAILURES_ALLOWED = 5
"""Consecutive wrong attempts that lock a user (guide for the first user: "after five wrong attempts")."""

BACKEND = "imi.accounts.backends.SessionBackend"

_COORDINATOR_ROLES = frozenset({RoleGrant.Role.APPROVER.value, RoleGrant.Role.DATA_ADMINISTRATOR.value})
_BATCH = 5000


class AccountError(ValueError):
    """Something that is to be written does not fit the rules of accounts; the message says what."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be registered; without ``username`` one is generated, without ``password`` nobody can sign in yet.

    ``password`` is a stored hash as :func:`django.contrib.auth.hashers.make_password` gives it, so that a whole
    training world can be loaded without hashing for an hour.
    """

    given_name: str
    family_name: str
    email: str
    authority: str
    language: str
    roles: Mapping[str, Iterable[str]] = field(default_factory=dict)
    administrator: bool = False
    username: str = ""
    password: str = ""


# --- signing in and out ----------------------------------------------------------------------------------------------


def sign_in(username: str, password: str, request: HttpRequest) -> User | None:
    """Let a person in who knows user name and password; None in every other case, without a hint which.

    This is where further proof, such as a security code, goes between the two steps.
    """
    user = verify_password(username, password, address=request.META.get("REMOTE_ADDR"))
    if user is not None:
        open_session(request, user)
    return user


def verify_password(username: str, password: str, address: str | None = None) -> User | None:
    """Return the user whose password this is, or None for a wrong, unknown, locked or inactive one alike.

    Each attempt first takes one of five places and only then looks at the password, so that a burst of parallel
    attempts gets no more than five looks, on however many processes; success gives all places back. An attempt
    without a place costs the same writes and the same hash, so that time tells nothing. Not one transaction on
    purpose: the place must be taken for all others to see before the slow comparison begins.
    """
    name = username.strip().lower()[:40]
    # PostgreSQL refuses to look for control characters; no name has any.
    users = User.objects.filter(username=name if name.isprintable() else "").select_related("authority")
    user = users.first()
    attempt, placed = _take_place(user, address)
    if user is None or not placed:
        check_password(password, UNUSABLE_PASSWORD_PREFIX)
        return None
    if not check_password(password, user.password, setter=_keep(user)):
        return None
    _give_places_back(user, attempt)
    return user


@transaction.atomic
def _take_place(user: User | None, address: str | None) -> tuple[SignIn, bool]:
    """Record an attempt as failed until it succeeds, and say whether it may look at the password.

    The condition is on the user's own row only: the database decides it anew when another attempt was first.
    """
    now = timezone.now()
    last = When(failed_sign_ins=FAILURES_ALLOWED - 1, then=Value(now))
    placed = User.objects.filter(
        pk=user.pk if user is not None and user.authority.active else 0,
        is_active=True,
        locked_at=None,
        failed_sign_ins__lt=FAILURES_ALLOWED,
    ).update(
        failed_sign_ins=F("failed_sign_ins") + 1,
        locked_at=Case(last, default=Value(None), output_field=DateTimeField()),
    )
    return SignIn.objects.create(user=user, at=now, ok=False, address=address), bool(placed)


@transaction.atomic
def _give_places_back(user: User, attempt: SignIn) -> None:
    User.objects.filter(pk=user.pk).update(failed_sign_ins=0, locked_at=None)
    SignIn.objects.filter(pk=attempt.pk).update(ok=True)
    user.failed_sign_ins, user.locked_at = 0, None


def _keep(user: User) -> Callable[[str], None]:
    """Return what stores the right password anew when the cost of hashing has been raised since."""

    def store(password: str) -> None:
        User.objects.filter(pk=user.pk).update(password=make_password(password))

    return store


def open_session(request: HttpRequest, user: User) -> None:
    """Begin a session of ``user`` under a new id, however the person has proved who it is."""
    login(request, user, backend=BACKEND)
    sessions.begin(request.session)
    User.objects.filter(pk=user.pk).update(last_seen=timezone.now())


def sign_out(request: HttpRequest) -> None:
    """End the session and forget all that it held."""
    logout(request)


def forget_sign_ins(before: datetime, most: int) -> int:
    """Forget attempts to sign in that were made before a moment, the oldest first.

    They are told apart without an index by time: rows are numbered in the order in which they were made.

    Args:
        most: how many at most.

    Returns:
        How many were forgotten.
    """
    oldest = SignIn.objects.order_by("pk").values_list("pk", "at")[:most]
    old = [pk for pk, at in oldest if at < before]
    return SignIn.objects.filter(pk__in=old).delete()[0] if old else 0


@transaction.atomic
def unlock(user: User) -> None:
    """Give a locked user all attempts back."""
    User.objects.filter(pk=user.pk).update(failed_sign_ins=0, locked_at=None)


# --- users and roles -------------------------------------------------------------------------------------------------


def generate_username(
    given_name: str,
    family_name: str,
    taken: Container[str] = (),
    draw: Callable[[int], int] = secrets.randbelow,
) -> str:
    """Return a user name such as ``kovag042`` that is not ``taken``: four letters, one letter and a drawn number.

    ``draw`` returns a number from 0 up to its argument; the number is drawn, not counted, because user names are
    secret and must not be told from the person's name.
    """
    stem = fold(family_name).replace(" ", "")[:4] + fold(given_name)[:1] or "user"
    for attempt in itertools.count():
        digits = 3 + attempt // 25
        name = f"{stem}{draw(10**digits):0{digits}d}"
        if name not in taken:
            return name
    raise AssertionError  # pragma: no cover - the loop above ends with a name only


def register_user(entry: NewUser) -> User:
    """Register one user; see :func:`load_users`."""
    return load_users([entry])[0]


@transaction.atomic
def load_users(entries: Iterable[NewUser], draw: Callable[[int], int] = secrets.randbelow) -> list[User]:
    """Register users with their roles, in a number of statements that does not grow with them.

    Raises AccountError for roles that the authority cannot give, ValidationError for a malformed value and
    IntegrityError for a user name or an e-mail address that somebody else has.
    """
    batch = list(entries)
    accesses = _accesses({entry.authority for entry in batch})
    for entry in batch:
        _check_roles(entry.authority, entry.roles, accesses)
    taken = set(User.objects.values_list("username", flat=True))
    users = []
    for entry in batch:
        username = entry.username.lower() or generate_username(entry.given_name, entry.family_name, taken, draw)
        taken.add(username)
        users.append(_user(entry, username))
    User.objects.bulk_create(users, batch_size=_BATCH)
    RoleGrant.objects.bulk_create(
        [grant for user, entry in zip(users, batch, strict=True) for grant in _grants(user, entry.roles)],
        batch_size=_BATCH,
    )
    return users


def _user(entry: NewUser, username: str) -> User:
    user = User(
        username=username,
        email=entry.email,
        given_name=entry.given_name,
        family_name=entry.family_name,
        authority_id=entry.authority,
        language=entry.language,
        is_administrator=entry.administrator,
        password=entry.password or make_password(None),
    )
    user.clean_fields(exclude=["authority"])
    return user


def _grants(user: User, roles: Mapping[str, Iterable[str]]) -> list[RoleGrant]:
    return [
        RoleGrant(user=user, area_id=area, role=role) for area, given in roles.items() for role in dict.fromkeys(given)
    ]


@transaction.atomic
def set_roles(user: User, roles: Mapping[str, Iterable[str]], administrator: bool | None = None) -> None:
    """Give ``user`` exactly these roles in each area, effective at the next click.

    ``administrator`` says whether the user is the authority's local data administrator; None leaves it. Raises
    AccountError for roles that the authority cannot give and when the authority would be left without administrator.
    """
    wanted = {area: tuple(given) for area, given in roles.items()}
    _check_roles(user.authority_id, wanted, _accesses({user.authority_id}))
    if administrator is not None:
        _set_administrator(user, administrator)
    RoleGrant.objects.filter(user=user).delete()
    RoleGrant.objects.bulk_create(_grants(user, wanted))


def _set_administrator(user: User, administrator: bool) -> None:
    colleagues = User.objects.select_for_update().filter(authority=user.authority_id, is_active=True)
    others = [pk for pk in colleagues.filter(is_administrator=True).values_list("pk", flat=True) if pk != user.pk]
    if not administrator and not others:
        raise AccountError(f"{user.authority_id}: the last administrator cannot be removed")
    User.objects.filter(pk=user.pk).update(is_administrator=administrator)
    user.is_administrator = administrator


def _accesses(authorities: set[str]) -> dict[tuple[str, str], str]:
    rows = Access.objects.filter(authority__in=authorities).values_list("authority_id", "area_id", "role")
    return {(authority, area): role for authority, area, role in rows}


def _check_roles(authority: str, roles: Mapping[str, Iterable[str]], accesses: Mapping[tuple[str, str], str]) -> None:
    """Refuse roles in areas without access, and a coordinator's roles elsewhere (guide for the first user)."""
    for area, given in roles.items():
        role = accesses.get((authority, area))
        if role is None:
            raise AccountError(f"{authority} has no access to {area}")
        unknown = set(given) - set(RoleGrant.Role.values)
        if unknown:
            raise AccountError(f"unknown roles: {', '.join(sorted(unknown))}")
        if role != Access.Role.COORDINATOR and _COORDINATOR_ROLES & set(given):
            raise AccountError(f"{authority} is no coordinator in {area}: {', '.join(sorted(_COORDINATOR_ROLES))}")
