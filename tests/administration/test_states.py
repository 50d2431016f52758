"""How a registration and an authority move: every act in every state, done with its record or refused without a trace.

The tables are written by hand from the state machine of the sources (invited, registration submitted, awaiting
validation, active, access granted or suspended, deactivated; a refusal ends the invitation). ``-`` is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from imi.accounts.models import RoleGrant, User
from imi.administration import access, admissions, cards
from imi.administration.models import Act, Admission, Dispatch
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority, CoordinatorLink
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, STEPS, who

pytestmark = pytest.mark.django_db

LATER = NOW + admissions.INVITATION_LASTS

ADMISSIONS = """
          | follow  | save    | hand in   | validate  | refuse  | withdraw  | give up   | expire  | mail again
invited   | invited | invited | submitted | -         | -       | withdrawn | withdrawn | -       | invited
overdue   | -       | -       | -         | -         | -       | withdrawn | -         | expired | -
submitted | -       | -       | -         | validated | refused | withdrawn | withdrawn | -       | -
validated | -       | -       | -         | -         | -       | -         | -         | -       | -
refused   | -       | -       | -         | -         | -       | -         | -         | -       | -
withdrawn | -       | -       | -         | -         | -       | -         | -         | -       | -
expired   | -       | -       | -         | -         | -       | -         | -         | -       | -
"""
AUTHORITIES = """
                   | grant   | suspend   | resume  | deactivate         | reactivate | rename
none               | granted | -         | -       | none, inactive     | -          | none
granted            | -       | suspended | -       | granted, inactive  | -          | granted
suspended          | -       | -         | granted | suspended, inactive| -          | suspended
none, inactive     | -       | -         | -       | -                  | none       | none, inactive
granted, inactive  | -       | suspended, inactive | - | -              | granted    | granted, inactive
suspended, inactive| -       | -         | granted, inactive | -        | suspended  | suspended, inactive
"""
# What is written down of an act that was done.
RECORDED = {
    "follow": "admission.opened",
    "hand in": "admission.submitted",
    "validate": "admission.validated",
    "refuse": "admission.refused",
    "withdraw": "admission.withdrawn",
    "give up": "admission.withdrawn",
    "expire": "admission.expired",
    "mail again": "admission.link_renewed",
    "grant": "access.granted",
    "suspend": "access.suspended",
    "resume": "access.resumed",
    "deactivate": "authority.deactivated",
    "reactivate": "authority.reactivated",
    "rename": "authority.renamed",
}
BY_ITSELF = {"save"}  # a form that is being filled in is not recorded


def table(text: str) -> dict[tuple[str, str], str]:
    """The cells of a table, by state and act."""
    head, *lines = text.strip("\n").splitlines()
    names = [one.strip() for one in head.split("|")[1:]]
    found = {}
    for line in lines:
        state, *cells = (one.strip() for one in line.split("|"))
        found |= {(state, name): cell for name, cell in zip(names, cells, strict=True)}
    return found


ADMISSION_TABLE, AUTHORITY_TABLE = table(ADMISSIONS), table(AUTHORITIES)


def everything() -> list[list[tuple[Any, ...]]]:
    """All rows that an act may write."""
    models = (Admission, Act, Dispatch, Authority, Access, CoordinatorLink, User, RoleGrant)
    return [sorted(model.objects.values_list(), key=repr) for model in models]


def tried(act: Callable[[], Any]) -> str:
    """Do an act; the code of the reason against it, empty if it was done."""
    before, done, reason = everything(), None, None
    try:
        with transaction.atomic():
            done = act()
    except Refused as refused:
        reason = refused.reason
    if reason is None and done is not False:
        return ""
    assert everything() == before, "what is refused leaves no trace"
    assert reason is None or str(reason), "a refusal has a sentence"
    return reason.code if reason else "not now"


def recorded(kind: str, before: set[int]) -> None:
    """There is one new act of this kind, or, without a kind, no new act at all."""
    new = Act.objects.exclude(pk__in=before)
    assert [one.kind for one in new if one.kind == kind] == ([kind] if kind else [])
    assert kind or not new.exists()


# --- a registration --------------------------------------------------------------------------------------------------


@dataclass
class Registration:
    """A registration with what its applicant has in hand: the mailed link, and the key in the browser."""

    country: Country
    row: Admission
    token: str = ""
    key: str = ""
    now: datetime = NOW
    version: int = field(default=1)

    @classmethod
    def begin(cls, country: Country, number: int = 0) -> Registration:
        """Invited; the link was followed, the form filled in, and another link mailed."""
        email = f"office{number or ''}@crafts-plovdiv.example"
        made = cls(country, admissions.invite(who(country.national), email, "bg", [CRAFTS], NOW))
        made._mint()
        made.follow()
        for _step in STEPS:
            made.save()
        made._mint()
        return made

    def _mint(self) -> None:
        self.token = admissions.mint_link(self.row.pk, self.now) or self.token

    @property
    def state(self) -> str:
        """Where it stands; an invitation whose time is over and that nobody has ended yet is overdue."""
        self.row.refresh_from_db()
        return "overdue" if self.row.state == "invited" and self.row.expires_at <= self.now else self.row.state

    def follow(self) -> None:
        _admission, self.key = admissions.redeem(self.token, self.now)

    def save(self) -> None:
        self.row.refresh_from_db()
        step = list(STEPS)[(self.row.version - 1) % len(STEPS)]
        admissions.save_step(self.row.pk, self.key, step, STEPS[step], self.row.version, self.now)

    def hand_in(self) -> None:
        admissions.submit(self.row.pk, self.key, self.now)

    def validate(self) -> None:
        behind = {CRAFTS: (self.country.of("crafts").pk,)}
        admissions.validate(who(self.country.national), self.row.pk, behind, now=self.now)

    def refuse(self) -> None:
        admissions.refuse(who(self.country.national), self.row.pk, "Не.", self.now)

    def withdraw(self) -> None:
        admissions.withdraw(who(self.country.national), self.row.pk, self.now)

    def give_up(self) -> None:
        admissions.give_up(self.row.pk, self.key, self.now)

    def expire(self) -> bool:
        return admissions.expire(self.row.pk, self.now)

    def mail_again(self) -> None:
        admissions.renew_link(who(self.country.national), self.row.pk, self.now)

    def do(self, act: str) -> str:
        """Try an act."""
        return tried(getattr(self, act.replace(" ", "_")))

    def reach(self, state: str) -> None:
        """Get to a state by the acts that lead there."""
        if state in {"overdue", "expired"}:
            self.now = LATER
        for act in {
            "submitted": ["hand in"],
            "validated": ["hand in", "validate"],
            "refused": ["hand in", "refuse"],
            "withdrawn": ["withdraw"],
            "expired": ["expire"],
        }.get(state, []):
            assert self.do(act) == ""
        assert self.state == state


@pytest.mark.parametrize(("state", "act"), ADMISSION_TABLE)
def test_every_act_in_every_state_of_a_registration(country: Country, state: str, act: str) -> None:
    registration = Registration.begin(country)
    registration.reach(state)
    acts = set(Act.objects.values_list("pk", flat=True))
    wanted = ADMISSION_TABLE[state, act]
    reason = registration.do(act)
    if wanted == "-":
        assert reason, f"{act} was done"
        assert registration.state == state
    else:
        assert (reason, registration.state) == ("", wanted)
        recorded(RECORDED.get(act, ""), acts)
        check_end(registration)


def check_end(registration: Registration) -> None:
    """A registration that has ended has forgotten what was typed, and made an authority only if it was validated."""
    row = registration.row
    assert (row.authority_id is not None) == (row.state == "validated")
    assert Authority.objects.filter(name=STEPS["authority"]["name"]).exists() == (row.state == "validated")
    if row.state in {"validated", "refused", "withdrawn", "expired"}:
        assert (row.data, row.key_digest, row.token_digest) == ({}, "", None)
        assert row.ended_at is not None


def test_the_table_and_the_arrows_are_the_same() -> None:
    moves = {(state, to) for (state, _act), to in ADMISSION_TABLE.items() if to not in ("-", state)}
    moves = {("invited" if state == "overdue" else state, to) for state, to in moves}
    assert moves == {(before, after) for before, onward in admissions.ARROWS.items() for after in onward}
    assert {state for state, _act in ADMISSION_TABLE} - {"overdue"} == set(Admission.State.values)


# --- an authority ----------------------------------------------------------------------------------------------------


@dataclass
class Member:
    """An authority that is in, and what may be done with it in an area by the national coordinator."""

    country: Country
    area: str = SCHOOLS

    @property
    def pk(self) -> str:
        return self.country.of("masters").pk

    @property
    def state(self) -> str:
        """Its access in the area, and whether it takes part at all."""
        found = Access.objects.filter(authority=self.pk, area=self.area).first()
        held = "none" if found is None else "suspended" if found.suspended else "granted"
        return held if Authority.objects.get(pk=self.pk).active else f"{held}, inactive"

    @property
    def by(self) -> Any:
        return who(self.country.national)

    def grant(self) -> None:
        access.grant(self.by, self.pk, self.area, [self.country.of("national").pk], NOW)

    def suspend(self) -> None:
        access.suspend(self.by, self.pk, self.area, "Защото.", NOW)

    def resume(self) -> None:
        access.resume(self.by, self.pk, self.area, NOW)

    def deactivate(self) -> None:
        access.deactivate(self.by, self.pk, "Защото.", NOW)

    def reactivate(self) -> None:
        access.reactivate(self.by, self.pk, NOW)

    def rename(self) -> None:
        name = Authority.objects.values_list("name", flat=True).get(pk=self.pk)
        cards.rename(self.by, self.pk, f"{name[:100]} 2", NOW)

    def do(self, act: str) -> str:
        """Try an act."""
        return tried(getattr(self, act))

    def reach(self, state: str) -> None:
        """Get to a state by the acts that lead there."""
        held, _comma, inactive = state.partition(", ")
        steps = {"none": [], "granted": ["grant"], "suspended": ["grant", "suspend"]}[held]
        for act in [*steps, *(["deactivate"] if inactive else [])]:
            assert self.do(act) == ""
        assert self.state == state

    def check(self) -> None:
        """Its people can do something in the area just while the access is granted and the authority active."""
        standing = who(self.country.masters)
        assert bool(standing.roles_in(self.area)) == (self.state == "granted")
        assert standing.administrator == ("inactive" not in self.state)


@pytest.mark.parametrize(("state", "act"), AUTHORITY_TABLE)
def test_every_act_in_every_state_of_an_authority(country: Country, state: str, act: str) -> None:
    member = Member(country)
    member.reach(state)
    acts = set(Act.objects.values_list("pk", flat=True))
    wanted, reason = AUTHORITY_TABLE[state, act], member.do(act)
    if wanted == "-":
        assert reason, f"{act} was done"
        assert member.state == state
    else:
        assert (reason, member.state) == ("", wanted)
        recorded(RECORDED[act], acts)
    member.check()


# --- in any order ----------------------------------------------------------------------------------------------------


class _TakenBack(Exception):
    """Ends an example without leaving anything in the database."""


def acts_of(cells: Iterable[tuple[str, str]]) -> list[str]:
    """The acts of a table."""
    return sorted({act for _state, act in cells})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from([*acts_of(ADMISSION_TABLE), "wait"]), max_size=8))
@example(acts=["mail again"] * (admissions.LINKS_OF_AN_ADMISSION + 1))
def test_a_registration_follows_its_table_in_any_order(country: Country, acts: list[str]) -> None:
    try:
        with transaction.atomic():
            registration = Registration.begin(country)
            mailed: Counter[datetime] = Counter()
            for act in acts:
                before = registration.state
                if act == "wait":
                    registration.now = LATER
                    continue
                wanted, reason = ADMISSION_TABLE[before, act], registration.do(act)
                if act == "follow" and before == "invited" and reason == "link_over":
                    continue  # its link has been used up
                if act == "mail again" and wanted != "-":
                    mailed[registration.now] += 1
                    if mailed[registration.now] > admissions.LINKS_OF_AN_ADMISSION:
                        assert (reason, registration.state) == ("too_often", before)
                        continue
                assert (not reason, registration.state) == (wanted != "-", before if wanted == "-" else wanted)
            check_end(registration)
            raise _TakenBack
    except _TakenBack:
        pass


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(acts_of(AUTHORITY_TABLE)), max_size=10))
def test_an_authority_follows_its_table_in_any_order(country: Country, acts: list[str]) -> None:
    try:
        with transaction.atomic():
            member = Member(country)
            for act in acts:
                before = member.state
                wanted, reason = AUTHORITY_TABLE[before, act], member.do(act)
                assert (not reason, member.state) == (wanted != "-", before if wanted == "-" else wanted)
                member.check()
            raise _TakenBack
    except _TakenBack:
        pass
