"""Run in a process of its own: fills a migrated installation with three people, and answers questions about it."""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

import django

django.setup()

from django.utils import timezone

from imi.accounts import actions, codes, hashing
from imi.accounts.models import AccountMail, Credentials, Door, OutsideIdentity, Session, User
from imi.accounts.session_store import SessionStore
from imi.accounts.sessions import PROVED_AT
from imi.administration.models import Act
from imi.directory import actions as directory
from imi.directory.models import Authority, Country
from imi.notify.account_mail import post_account_mail
from imi.notify.models import OutgoingMail
from tests.openid.site import CODE, PASSWORD


def build() -> None:
    """Register two authorities with three people."""
    Country.objects.create(code="PT", iso="PT", languages=["pt"], timezone="Europe/Lisbon")
    directory.sync_areas(["crafts"])
    new, access = directory.NewAuthority, {"crafts": "authority"}
    directory.load_authorities(
        [new(id=f"pt-{name}", kind="competent", country="PT", name=name, access=access) for name in ("one", "two")]
    )
    stored = hashing.hashed(PASSWORD)
    person = actions.NewUser
    actions.load_users(
        [
            person("Ana", "Sousa", "ana@pt.example", "pt-one", "en", {}, True, "ana", stored, CODE),
            person("Rui", "Melo", "anna@outside.example", "pt-one", "en", {}, False, "rui", stored, CODE),
            person("Eva", "Lima", "eva@pt.example", "pt-two", "hu", {}, True, "eva", stored, CODE),
        ]
    )


def fresh() -> None:
    """Forget links, sessions, mails, failures and resets, and let everybody in again."""
    for rows in (OutsideIdentity, Session, Door, OutgoingMail, AccountMail):
        rows.objects.all().delete()
    User.objects.update(is_active=True)
    Authority.objects.update(active=True)
    for held in Credentials.objects.exclude(temporary_until=None):
        sealed = codes.sealed(CODE, held.pk, held.version)
        Credentials.objects.filter(pk=held.pk).update(
            temporary_until=None, sealed_code=sealed, positions=codes.draw(), chosen_at=timezone.now()
        )
        User.objects.filter(pk=held.pk).update(password=hashing.hashed(PASSWORD))


def activate(username: str, active: bool) -> None:
    """Make somebody active or not."""
    User.objects.filter(username=username).update(is_active=active)


def activate_authority(authority: str, active: bool) -> None:
    """Make an authority active or not."""
    Authority.objects.filter(pk=authority).update(active=active)


def reset(username: str) -> None:
    """Have a new temporary password made, as the local data administrator does."""
    actions.issue_temporary_password(None, User.objects.get(username=username))


def age(username: str) -> None:
    """Make somebody's sessions so old that it has to be proved again who it is."""
    for row in Session.objects.filter(user__username=username):
        store = SessionStore()
        row.data = store.encode({**store.decode(row.data), PROVED_AT: 0})
        row.save()


def links() -> list[list[str]]:
    """Who is linked with which subject."""
    return [list(row) for row in OutsideIdentity.objects.order_by("pk").values_list("user__username", "subject")]


def acts() -> list[list[str]]:
    """The acts about people: kind, by whom, on whom."""
    rows = Act.objects.filter(kind__startswith="user.identity").order_by("pk")
    return [list(row) for row in rows.values_list("kind", "by_user__username", "user__username")]


def mails() -> list[list[str]]:
    """The mails about accounts: to whom, and about what."""
    post_account_mail(timezone.now())
    return [list(row) for row in OutgoingMail.objects.order_by("pk").values_list("recipient", "subject")]


def sessions(username: str) -> int:
    """How many sessions somebody has."""
    return Session.objects.filter(user__username=username).count()


if __name__ == "__main__":
    answer = globals()[sys.argv[1]](*json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps(answer) + "\n")
