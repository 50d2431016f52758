"""S-11: every column of the row behind a form is sent along with it; what the form does not ask for stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model

from imi.accounts.models import Credentials, User
from imi.administration import admissions
from imi.administration.models import Admission
from imi.administration.staff import mark_of_data, mark_of_roles
from imi.directory.models import Access, Authority
from tests.access.conftest import Stage
from tests.access.roles import Trying, leave, populate
from tests.administration.country import NOW, STEPS, open_form
from tests.exchanges.conftest import AREA

pytestmark = pytest.mark.django_db

EVIL = ["1", "on", "hu-coord", "DA", "2031-01-01"]


@pytest.fixture
def people(stage: Stage) -> Iterator[Stage]:
    populate(stage)
    yield stage
    leave(stage)


def columns(*models: type[Model]) -> dict[str, str]:
    """A value for every column of some tables, by the names that a form could give them."""
    names = sorted({name for model in models for field in model._meta.fields for name in (field.name, field.attname)})
    return {name: EVIL[index % len(EVIL)] for index, name in enumerate(names)}


def changed(row: Model) -> set[str]:
    """The columns of a row that are not as they were when it was read."""
    now = type(row)._default_manager.get(pk=row.pk)
    return {field.attname for field in row._meta.fields if getattr(now, field.attname) != getattr(row, field.attname)}


def of(name: str, people: Stage) -> User:
    return User.objects.get(pk=people.world.people[name].user_id)


def test_a_colleague_is_changed_in_what_the_form_asks_alone(people: Stage) -> None:
    administrator, one = Trying(people, "LDA:hu-trade"), of("RH:hu-trade", people)
    held = Credentials.objects.get(user=one)
    typed = {"given_name": "Other", "family_name": "Name", "email": "other@hu-trade.example", "language": "hu"}
    form = columns(User, Credentials) | typed | {"username": "", "seen": mark_of_data(one)}
    answer = administrator.client.post(f"/administration/users/{one.pk}/data", form)
    assert answer.status_code == 302
    assert changed(one) == {"given_name", "family_name", "email", "language"}
    assert changed(held) == set()


def test_roles_make_nobody_anything_else(people: Stage) -> None:
    administrator, one = Trying(people, "LDA:hu-trade"), of("RH:hu-trade", people)
    form: dict[str, Any] = columns(User) | {"role": [f"{AREA}:handler"], "seen": mark_of_roles(one.pk)}
    for name in ("administrator", "is_administrator"):
        form.pop(name, None)
    administrator.client.post(f"/administration/users/{one.pk}/roles", form | {"is_administrator": "on"})
    assert changed(one) == set()
    for role in (f"{AREA}:data_administrator", f"{AREA}:approver", "services:root", "nowhere:handler"):
        answer = administrator.client.post(f"/administration/users/{one.pk}/roles", form | {"role": [role]})
        assert answer.status_code in {403, 409, 422}, role
        assert (
            administrator.stage.world.people["RH:hu-trade"].roles_in(AREA)
            == Trying(people, "RH:hu-trade").who.roles[AREA]
        )


def test_ones_own_settings_are_language_and_mail(people: Stage) -> None:
    one = Trying(people, "RH:hu-trade")
    client, user = one.client, one.user
    answer = client.post("/account/", columns(User, Credentials) | {"language": "pt", "mail": "daily"})
    assert answer.status_code == 302
    assert changed(user) <= {"language", "mail_choice"}


def test_contacts_are_contacts(people: Stage) -> None:
    administrator, authority = Trying(people, "LDA:hu-trade"), Authority.objects.get(pk="hu-trade")
    held = Access.objects.get(authority="hu-trade", area=AREA)
    contact = {**STEPS["contact"], "email": "new@hu-trade.example"}
    answer = administrator.client.post("/administration/authority/contacts/", columns(Authority, Access) | contact)
    assert answer.status_code == 302
    assert changed(authority) <= {*contact, "mail_domain", "web_host"}
    assert changed(authority) >= {"email", "city"}
    administrator.client.post("/administration/authority/settings/", columns(Access) | {"area": AREA})
    assert changed(held) <= {"settings"}


def test_an_applicant_fills_in_a_form_and_nothing_else(people: Stage) -> None:
    admission = admissions.invite(people.world.people["DA:hu-coord"], "office@new.example", "en", [AREA], NOW)
    opened, key = open_form(admission)
    admission.refresh_from_db()
    for step in STEPS:
        evil = columns(Admission, Authority, User) | {"regions": [], "languages": ["en"]}
        admissions.save_step(opened.pk, key, step, evil | STEPS[step] | {"regions": []}, opened.version, NOW)
        opened.refresh_from_db()
    assert changed(admission) <= {"data", "version", "name", "city", "mail_domain", "web_host"}
    assert {name for step in opened.data.values() for name in step} <= {
        *(name for typed in STEPS.values() for name in typed),
        "written_in",
    }
