"""Writes of users: registering them, their user names, and the roles they have."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from imi.accounts import codes
from imi.accounts.models import Credentials, RoleGrant, User
from imi.directory.folding import fold
from imi.directory.models import Access

_COORDINATOR_ROLES = frozenset({RoleGrant.Role.APPROVER.value, RoleGrant.Role.DATA_ADMINISTRATOR.value})
_BATCH = 5000


class AccountError(ValueError):
    """Something that is to be written does not fit the rules of accounts; the message says what."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be registered; without ``username`` one is generated.

    Without ``password`` nobody can sign in before a temporary password is issued. ``password`` is a stored hash as
    :func:`imi.accounts.hashing.hashed` gives it, so that a whole training world can be loaded without hashing for an
    hour; whoever has one from the start needs a security ``code`` as well.
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
    code: str = ""


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
    Credentials.objects.bulk_create(map(_credentials, users, batch), batch_size=_BATCH)
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


def _credentials(user: User, entry: NewUser) -> Credentials:
    made = Credentials(user=user)
    if entry.code:
        made.sealed_code = codes.sealed(entry.code, user.pk, made.version)
        made.positions = codes.draw()
        made.chosen_at = timezone.now()
    return made


def _grants(user: User, roles: Mapping[str, Iterable[str]]) -> list[RoleGrant]:
    return [
        RoleGrant(user=user, area_id=area, role=role) for area, given in roles.items() for role in dict.fromkeys(given)
    ]


def hold(authority: str, users: Collection[int] | None = None) -> None:
    """Hold users of an authority until the transaction ends: these, or all who are active.

    Always in the same order, and behind the locks of exchanges, so that nobody waits for somebody who waits.
    """
    rows = User.objects.select_for_update(no_key=True).filter(authority=authority).order_by("pk")
    rows = rows.filter(is_active=True) if users is None else rows.filter(pk__in=users)
    list(rows.values_list("pk"))


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
