"""Coordinators' pages: the list, registering, the desk of registrations, access, taking out of use."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date
from typing import Any, NoReturn

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imi.accounts import hashing
from imi.accounts.models import User
from imi.administration import admissions, registering
from imi.administration.models import Act, Admission, Dispatch
from imi.directory.models import Access, Authority, AuthorityRegion
from imi.web.administration import authority_export, authority_list
from imi.web.administration.authority_export import harmless
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, STEPS, card, person, submitted, who

pytestmark = pytest.mark.django_db
HERE = "/administration/authorities/"


def browser(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def typed(**changes: Any) -> dict[str, Any]:
    """What a coordinator sends when it registers an authority."""
    flat = {f"{step}-{name}": value for step, fields in STEPS.items() for name, value in fields.items()}
    return flat | changes


def given(area: str, *coordinators: str) -> dict[str, Any]:
    return {f"access-area-{area}": "on", f"access-with-{area}": list(coordinators)}


# --- registering -----------------------------------------------------------------------------------------------------


def test_it_is_looked_for_before_it_is_registered(country: Country) -> None:
    client = browser(country.national)
    assert "Look for it first" in text(client.get(f"{HERE}register/"))
    found = client.get(f"{HERE}register/", {"name": "Камара на майстора"})
    assert "Камара на майсторите" in text(found)
    assert f'name="seen" value="{country.of("masters").pk}"' in text(found)
    new = client.get(f"{HERE}register/", {"name": "Служба за занаятите Пловдив", "city": "Пловдив"})
    assert "Nothing that looks like it is registered." in text(new)
    assert 'value="Служба за занаятите Пловдив"' in text(new)


def test_registering_shows_the_user_name_once(country: Country) -> None:
    client = browser(country.national)
    crafts = country.of("crafts").pk
    done = client.post(f"{HERE}register/", typed() | given(CRAFTS, crafts))
    assert done.status_code == 302, text(done)
    made = Authority.objects.get(name=STEPS["authority"]["name"])
    user = User.objects.get(authority=made)
    shown = text(client.get(done["Location"]))
    assert user.username in shown
    assert user.email in shown
    assert list(Access.objects.filter(authority=made).values_list("area", flat=True)) == [CRAFTS]
    assert browser(country.crafts).get(done["Location"]).status_code == 404


def test_the_language_of_the_texts_is_the_authoritys_own(country: Country) -> None:
    sent = typed(**{"authority-languages": ["bg", "en"], "authority-written_in": "en"})
    sent |= given(CRAFTS, country.of("crafts").pk)
    assert browser(country.national).post(f"{HERE}register/", sent).status_code == 302
    made = Authority.objects.get(name=STEPS["authority"]["name"])
    assert made.languages == ["en", "bg"]
    assert list(made.texts.values_list("lang", flat=True)) == ["en"]


def test_what_looks_alike_stops_once_and_loses_nothing(country: Country) -> None:
    client = browser(country.national)
    sent = typed(**{"authority-name": "Камара на майсторите"}) | given(CRAFTS, country.of("crafts").pk)
    stopped = client.post(f"{HERE}register/", sent)
    assert stopped.status_code == 409
    assert STEPS["contact"]["street"] in text(stopped)
    assert STEPS["person"]["email"] in text(stopped)
    again = client.post(f"{HERE}register/", sent | {"seen": country.of("masters").pk})
    assert again.status_code == 302


def test_nothing_is_lost_when_no_password_can_be_made_now(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> NoReturn:
        raise hashing.Busy

    monkeypatch.setattr(hashing, "place", full)
    answer = browser(country.national).post(f"{HERE}register/", typed() | given(CRAFTS, country.of("crafts").pk))
    assert answer.status_code == 422
    assert "Try again soon." in text(answer)
    assert STEPS["person"]["email"] in text(answer)
    assert not Authority.objects.filter(name=STEPS["authority"]["name"]).exists()


def test_faults_lead_to_their_fields(country: Country) -> None:
    client = browser(country.national)
    wrong = client.post(f"{HERE}register/", typed(**{"person-email": "none"}) | given(CRAFTS))
    assert wrong.status_code == 422
    assert 'href="#id_person-email"' in text(wrong)
    assert f'href="#id_access-with-{CRAFTS}"' in text(wrong)
    taken = typed(**{"person-email": country.masters.email}) | given(CRAFTS, country.of("crafts").pk)
    assert "Somebody else is registered with this mail address." in text(client.post(f"{HERE}register/", taken))


def test_the_national_coordinator_registers_coordinators(country: Country) -> None:
    client = browser(country.national)
    there = "/administration/coordinators/register/"
    assert client.get(there, {"name": "Областен координатор"}).status_code == 200
    sent = typed(**{"authority-name": "Координатор училища", "coordinator-kind": "limic"})
    assert client.post(there, sent | {"coordinator-areas": [SCHOOLS]}).status_code == 302
    assert Authority.objects.get(name="Координатор училища").coordinator_kind == "limic"
    assert client.post(there, sent | {"coordinator-areas": []}).status_code == 422
    assert browser(country.masters).get(there).status_code == 403


# --- the desk of registrations ---------------------------------------------------------------------------------------


def test_from_the_invitation_to_the_access(country: Country) -> None:
    client = browser(country.national)
    form = {"email": "office@crafts-plovdiv.example", "language": "bg", "areas": [CRAFTS]}
    assert client.post("/administration/registrations/invite/", form).status_code == 302
    again = client.post("/administration/registrations/invite/", form)
    assert "A registration for this mail address is open already." in text(again)
    admission = Admission.objects.get()
    assert "office@crafts-plovdiv.example" in text(client.get("/administration/registrations/?tab=invited"))
    submitted(admission)
    there = f"/administration/registrations/{admission.pk}/"
    shown = text(client.get(there))
    assert STEPS["person"]["email"] in shown
    done = client.post(there, {"do": "validate"} | given(CRAFTS, country.of("crafts").pk))
    assert done.status_code == 302, text(done)
    user = User.objects.get(email=STEPS["person"]["email"])
    assert user.username in text(client.get(done["Location"]))
    grant = f"{HERE}{user.authority_id}/grant/"
    assert client.post(grant, {}).status_code == 422
    assert client.post(grant, given(SCHOOLS, country.of("national").pk)).status_code == 302
    assert Access.objects.filter(authority=user.authority).count() == 2


def test_refusing_needs_a_reason(country: Country) -> None:
    admission = submitted(admissions.invite(who(country.crafts), "office@crafts-plovdiv.example", "bg", [CRAFTS], NOW))
    client, there = browser(country.crafts), f"/administration/registrations/{admission.pk}/"
    nothing = client.post(there, {"do": "refuse", "reason": " "})
    assert nothing.status_code == 422
    assert 'href="#id_reason"' in text(nothing)
    assert client.post(there, {"do": "refuse", "reason": "Няма правомощия."}).status_code == 302
    admission.refresh_from_db()
    assert (admission.state, admission.reason) == ("refused", "Няма правомощия.")
    assert "Няма правомощия." in text(client.get(there))


def test_an_invitation_is_sent_once_more_and_taken_back(country: Country) -> None:
    admission = admissions.invite(who(country.crafts), "office@crafts-plovdiv.example", "bg", [CRAFTS], NOW)
    client, there = browser(country.crafts), f"/administration/registrations/{admission.pk}/"
    assert client.post(there, {"do": "renew"}).status_code == 302
    assert Dispatch.objects.filter(kind="invited").count() == 2
    assert client.post(there, {"do": "withdraw"}).status_code == 302
    assert "not possible any more" in text(client.post(there, {"do": "renew"}, follow=True))
    assert Admission.objects.get().state == "withdrawn"


def test_a_validation_that_looks_alike_waits_for_a_look(country: Country) -> None:
    admission = admissions.invite(who(country.national), "office@crafts-plovdiv.example", "bg", [CRAFTS], NOW)
    submitted(admission)
    twin = card(STEPS["authority"]["name"])
    registering.register_authority(
        who(country.national),
        "BG",
        twin,
        person(),
        {CRAFTS: (country.of("crafts").pk,)},
        ["admission:1", f"admission:{admission.pk}"],
        NOW,
    )
    client, there = browser(country.national), f"/administration/registrations/{admission.pk}/"
    decision = {"do": "validate"} | given(CRAFTS, country.of("crafts").pk)
    assert client.post(there, decision).status_code == 409
    seen = [one.pk for one in Authority.objects.filter(name=STEPS["authority"]["name"])]
    assert client.post(there, decision | {"seen": seen}).status_code == 302


def test_others_registrations_do_not_exist(country: Country) -> None:
    admission = admissions.invite(who(country.national), "office@crafts-plovdiv.example", "bg", [CRAFTS], NOW)
    for user, status in ((country.crafts, 404), (country.abroad, 404), (country.masters, 404)):
        assert browser(user).get(f"/administration/registrations/{admission.pk}/").status_code == status


# --- access ----------------------------------------------------------------------------------------------------------


def test_consequences_are_shown_before_an_access_is_suspended(country: Country) -> None:
    masters = country.of("masters")
    client, there = browser(country.national), f"{HERE}{masters.pk}/access/{CRAFTS}/"
    shown = text(client.get(f"{there}suspend/"))
    assert "What this means" in shown
    assert "Координатор занаяти" in shown
    assert client.post(f"{there}suspend/", {"reason": ""}).status_code == 422
    assert client.post(f"{there}suspend/", {"reason": "Преобразуване."}).status_code == 302
    assert Access.objects.get(authority=masters).suspended
    assert "The access is suspended." in text(client.post(f"{there}suspend/", {"reason": "Пак."}))
    assert client.post(f"{there}resume/").status_code == 302
    assert not Access.objects.get(authority=masters).suspended


def test_who_depends_on_a_coordinator_is_named(country: Country) -> None:
    crafts = country.of("crafts")
    client = browser(country.national)
    there = f"{HERE}{crafts.pk}/deactivate/"
    assert "Камара на майсторите" in text(client.get(there))
    refused = client.post(there, {"reason": "Закрит."})
    assert refused.status_code == 422
    assert "Закрит." in text(refused), "what was typed stays"


def test_an_authority_is_deactivated_and_reactivated(country: Country) -> None:
    masters = country.of("masters")
    client = browser(country.national)
    assert client.post(f"{HERE}{masters.pk}/deactivate/", {"reason": "Закрита."}).status_code == 302
    assert not Authority.objects.get(pk=masters.pk).active
    assert "deactivated" in text(client.get(f"{HERE}{masters.pk}/"))
    assert client.post(f"{HERE}{masters.pk}/reactivate/").status_code == 302
    assert Authority.objects.get(pk=masters.pk).active


def test_request_coordinators_are_added_and_taken_away(country: Country) -> None:
    masters, national = country.of("masters"), country.of("national")
    client, there = browser(country.national), f"{HERE}{country.of('masters').pk}/access/{CRAFTS}/"
    assert client.post(there, {"do": "add", "chosen": national.pk}).status_code == 302
    assert client.post(there, {"do": "remove", "coordinator": country.of("crafts").pk}).status_code == 302
    last = client.post(there, {"do": "remove", "coordinator": national.pk})
    assert last.status_code == 422
    assert "At least one request coordinator" in text(last)
    assert client.post(there, {"do": "over", "over-chosen": country.of("crafts").pk}).status_code == 302
    assert Access.objects.get(authority=masters).coordinator == country.of("crafts")


def test_the_official_name_belongs_to_the_validating_coordinator(country: Country) -> None:
    masters = country.of("masters")
    assert browser(country.crafts).get(f"{HERE}{masters.pk}/name/").status_code == 403
    client = browser(country.national)
    assert client.post(f"{HERE}{masters.pk}/name/", {"name": "Камара"}).status_code == 302
    assert Authority.objects.get(pk=masters.pk).name == "Камара"
    assert client.post(f"{HERE}{masters.pk}/validator/", {"chosen": country.of("crafts").pk}).status_code == 302
    assert Authority.objects.get(pk=masters.pk).validator == country.of("crafts")
    assert "Official name was changed" in text(client.get(f"{HERE}{masters.pk}/history/"))


def test_the_history_tells_what_was_changed_and_why(country: Country) -> None:
    masters = country.of("masters")
    client = browser(country.national)
    client.post(f"{HERE}{masters.pk}/name/", {"name": "Камара"})
    client.post(f"{HERE}{masters.pk}/regions/", {"regions": ["BG421"]})
    client.post(f"{HERE}{masters.pk}/validator/", {"chosen": country.of("crafts").pk})
    client.post(f"{HERE}{masters.pk}/access/{CRAFTS}/suspend/", {"reason": "Преобразуване."})
    for shown in (
        text(client.get(f"{HERE}{masters.pk}/history/")),
        text(browser(country.masters).get("/administration/changes/")),
    ):
        assert "Камара instead of Камара на майсторите" in shown
        assert "Координатор занаяти instead of Национален координатор" in shown
        assert "Пловдив" in shown
        assert "Reason: Преобразуване." in shown


def test_the_history_costs_the_same_however_much_there_is(country: Country) -> None:
    masters = country.of("masters")
    client = browser(country.national)
    client.post(f"{HERE}{masters.pk}/access/{CRAFTS}/", {"do": "add", "chosen": country.of("national").pk})
    client.get(f"{HERE}{masters.pk}/history/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{HERE}{masters.pk}/history/")
    for number in range(6):
        client.post(f"{HERE}{masters.pk}/name/", {"name": f"Камара {number}"})
    client.get(HERE)  # shows the messages
    with CaptureQueriesContext(connection) as much:
        client.get(f"{HERE}{masters.pk}/history/")
    assert len(few) == len(much)


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_filtered_and_sorted(country: Country) -> None:
    client = browser(country.national)
    assert "Камара на майсторите" in text(client.get(HERE, {"text": "kamara"}))
    assert "No authority found" in text(client.get(HERE, {"text": "училище"}))
    assert "Камара на майсторите" in text(client.get(HERE, {"attention": "never"}))
    User.objects.filter(pk=country.masters.pk).update(last_seen=NOW)
    assert "Камара на майсторите" not in text(client.get(HERE, {"attention": "never"}))
    Authority.objects.filter(pk=country.of("masters").pk).update(confirm_by=date(2020, 1, 1))
    late = text(client.get(HERE, {"attention": "unconfirmed", "sort": "confirm_by"}))
    assert "Камара на майсторите" in late
    assert "Координатор занаяти" not in late
    Access.objects.filter(authority=country.of("masters")).update(suspended=True)
    assert "Камара на майсторите" in text(client.get(HERE, {"state": "suspended", "area": CRAFTS}))
    assert "Камара на майсторите" not in text(client.get(HERE, {"state": "inactive"}))
    assert client.get(HERE, {"after": "x|y", "sort": "confirm_by"}).status_code == 302


def many(country: Country, count: int) -> None:
    chief = who(country.national)
    for index in range(count):
        one = card(f"Служба {index:03d}")
        behind = {CRAFTS: (country.of("crafts").pk,)}
        registering.enter(registering.Author.of(chief), chief.authority_id, "BG", one, person(f"Х{index}"), behind, NOW)


def test_the_list_goes_on_and_costs_the_same_however_long(country: Country) -> None:
    client = browser(country.national)
    client.get(HERE)
    with CaptureQueriesContext(connection) as few:
        client.get(HERE)
    many(country, 30)
    with CaptureQueriesContext(connection) as much:
        first = client.get(HERE)
    assert len(few) == len(much), "queries"
    assert len(much) <= 8
    onward = text(first).split('rel="next" href="')[1].split('"')[0]
    assert "Служба 029" in text(client.get(onward))


def test_a_coordinator_sees_only_its_own(country: Country) -> None:
    crafts = text(browser(country.crafts).get(HERE))
    assert "Камара на майсторите" in crafts
    assert "Национален координатор" not in crafts.split("<table")[1]
    assert browser(country.masters).get(HERE).status_code == 403
    assert browser(country.abroad).get(f"{HERE}{country.of('masters').pk}/").status_code == 404


def test_the_export_opens_in_office_programs_and_holds_no_formula(country: Country) -> None:
    Authority.objects.filter(pk=country.of("masters").pk).update(name='=HYPERLINK("http://x")')
    answer = browser(country.national).get(f"{HERE}export", {"area": CRAFTS})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "\"'=HYPERLINK" in answer.content.decode()


def test_a_long_export_names_the_areas_of_all(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    many(country, 5)
    monkeypatch.setattr(authority_export, "BATCH", 2)
    rows = browser(country.national).get(f"{HERE}export").content.decode().splitlines()[1:]
    assert len(rows) == 7
    assert all(CRAFTS in row for row in rows)


def test_the_export_holds_what_the_card_holds(country: Country) -> None:
    masters, crafts = country.of("masters"), country.of("crafts")
    AuthorityRegion.objects.create(authority=masters, code="BG421")
    rows = list(csv.DictReader(io.StringIO(browser(country.national).get(f"{HERE}export").content.decode("utf-8-sig"))))
    by_id = {row["Identifier"]: row for row in rows}
    assert by_id.keys() == {masters.pk, crafts.pk}
    row = by_id[masters.pk]
    assert row["Official name"] == row["Informal title"] == "Камара на майсторите"
    assert (row["Role"], row["City"], row["Contact e-mail"]) == ("Competent authority", "София", masters.email)
    assert (row["Website"], row["Languages"], row["Competent for"]) == (masters.website, "Bulgarian", "Пловдив")
    assert row["Policy areas"] == "crafts"
    assert row["Request coordinators"] == "crafts: Координатор занаяти"
    assert (row["Validated by"], row["State"]) == ("Национален координатор", "active")
    assert row["Somebody has signed in"] == "no"
    assert by_id[crafts.pk]["Role"] == "Legislative-area IMI coordinator"
    assert not any(None in row or None in row.values() for row in rows)


def test_the_export_follows_the_filters_and_the_order_of_the_list(country: Country) -> None:
    Authority.objects.filter(pk=country.of("crafts").pk).update(active=False)
    client = browser(country.national)
    read = client.get(f"{HERE}export", {"state": "inactive"}).content.decode().splitlines()
    assert len(read) == 2
    assert "deactivated" in read[1]
    names = [card_of.split(",")[1] for card_of in client.get(f"{HERE}export").content.decode().splitlines()[1:]]
    assert names == ["Камара на майсторите", "Координатор занаяти"]


def test_the_list_stands_in_the_order_of_the_countrys_language_and_pages_by_it(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = who(country.national)
    for name in ("Ясли", "Йога", "Исторически музей", "авиация", "Ёлка"):
        one, behind = card(name), {CRAFTS: (country.of("crafts").pk,)}
        registering.enter(registering.Author.of(chief), chief.authority_id, "BG", one, person(name), behind, NOW)
    monkeypatch.setattr(authority_list, "SIZE", 3)
    client, address, seen = browser(country.national), HERE, []
    while address:
        page = text(client.get(address))
        seen += re.findall(r'<th scope="row".*?<a class="ecl-link" href="[^"]*">([^<]*)</a>', page)
        onward = re.search(r'rel="next" href="([^"]*)"', page)
        address = onward[1] if onward else ""
    assert seen == [
        "авиация", "Ёлка", "Исторически музей", "Йога", "Камара на майсторите", "Координатор занаяти", "Ясли",
    ]  # fmt: skip


def test_a_renamed_authority_moves_in_the_list(country: Country) -> None:
    client, masters = browser(country.national), country.of("masters").pk
    client.post(f"{HERE}{masters}/name/", {"name": "Ябълки"})
    page = text(client.get(HERE))
    assert page.index("Координатор занаяти") < page.index("Ябълки")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "  =1", "＝1", "＋1", "－1", "＠x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_every_act_is_recorded_with_who_did_it(country: Country) -> None:
    client = browser(country.national)
    client.post(f"{HERE}{country.of('masters').pk}/name/", {"name": "Камара"})
    assert Act.objects.latest("pk").by_user == country.national
