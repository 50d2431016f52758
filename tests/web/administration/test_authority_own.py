"""My authority: its card, settings, links, corrections, and the delegation of tasks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.administration.models import Act, Correction, Delegation
from imi.directory.models import Access, Authority, AuthorityConcept, AuthorityKeyword, AuthorityLink, AuthorityText
from imi.web.administration.authority_tree import tree
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS
from tests.exchanges.conftest import AREA, World
from tests.web.administration.test_authorities import browser, text
from tests.web.pages.conftest import Visit

pytestmark = pytest.mark.django_db
HERE = "/administration/authority/"


def test_the_own_authority_is_shown_to_everybody_of_it(world: World, visit: Visit) -> None:
    shown = text(visit("asker").get(HERE))
    assert "The data are right" in shown
    assert "Your coordinators" in shown
    assert "<svg" in shown
    plain = text(visit("reader").get(HERE))
    assert "The data are right" not in plain
    assert "contacts/" not in plain


def test_data_are_confirmed(world: World, visit: Visit) -> None:
    authority = Authority.objects.get(pk=world.people["asker"].authority_id)
    assert visit("asker").post(f"{HERE}confirm").status_code == 302
    assert Authority.objects.get(pk=authority.pk).confirmed_at is not None
    assert visit("reader").post(f"{HERE}confirm").status_code == 403


@pytest.mark.parametrize(
    "path", ["contacts/", "reach/", "texts/", f"competence/{AREA}/", "settings/", "links/", "corrections/"]
)
def test_only_local_data_administrators_change_it(world: World, visit: Visit, path: str) -> None:
    assert visit("asker").get(HERE + path).status_code == 200
    assert visit("reader").get(HERE + path).status_code == 403
    assert visit("reader").post(HERE + path, {}).status_code == 403


def test_contacts_are_changed_and_faults_lead_to_the_field(country: Country) -> None:
    client = browser(country.masters)
    given = {"street": "ул. Нова 2", "postcode": "1000", "city": "София", "email": "new@masters.example"}
    assert client.post(f"{HERE}contacts/", given).status_code == 302
    assert Authority.objects.get(pk=country.of("masters").pk).street == "ул. Нова 2"
    wrong = client.post(f"{HERE}contacts/", given | {"email": "none"})
    assert wrong.status_code == 422
    assert 'href="#id_email"' in text(wrong)
    assert 'value="none"' in text(wrong)


def test_languages_and_regions_are_changed(country: Country) -> None:
    client = browser(country.masters)
    given = {"languages": ["bg", "en"], "written_in": "bg", "regions": ["BG421"]}
    assert client.post(f"{HERE}reach/", given).status_code == 302
    authority = Authority.objects.get(pk=country.of("masters").pk)
    assert authority.languages == ["bg", "en"]
    assert list(authority.regions.values_list("code", flat=True)) == ["BG421"]
    assert "regions" not in text(browser(country.crafts).get(f"{HERE}reach/")).split("<form")[-1]


def test_texts_are_written_beside_one_another(country: Country) -> None:
    client = browser(country.masters)
    shown = text(client.get(f"{HERE}texts/?lang=en"))
    assert "Камара на майсторите" in shown.split('id="beside"')[1]
    assert client.post(f"{HERE}texts/?lang=en", {"informal": "Chamber", "description": "x"}).status_code == 302
    assert AuthorityText.objects.get(authority=country.of("masters"), lang="en").informal == "Chamber"
    assert client.post(f"{HERE}texts/?lang=en", {"informal": ""}).status_code == 302
    assert not AuthorityText.objects.filter(authority=country.of("masters"), lang="en").exists()
    last = client.post(f"{HERE}texts/?lang=bg", {"informal": "", "description": "Остава"})
    assert last.status_code == 422
    assert "Остава" in text(last)


def test_competence_is_found_in_ones_own_words(world: World, visit: Visit) -> None:
    client, there = visit("asker"), f"{HERE}competence/{AREA}/"
    found = text(client.post(there, {"do": "find", "find": "tourist guide", "keywords": "csillag"}))
    assert "csillag" in found, "nothing is lost while looking"
    if 'id="new-1"' in found:
        value = found.split('name="concept" value="')[1].split('"')[0]
        assert client.post(there, {"do": "save", "concept": [value], "keywords": "csillag\nhold"}).status_code == 302
        authority = world.people["asker"].authority_id
        assert AuthorityConcept.objects.filter(authority=authority, area=AREA).count() == 1
        assert set(AuthorityKeyword.objects.filter(authority=authority).values_list("text", flat=True)) == {
            "csillag",
            "hold",
        }
    wrong = client.post(there, {"do": "save", "concept": ["isco:none"], "keywords": "csillag"})
    assert wrong.status_code == 422
    assert "csillag" in text(wrong)


def test_settings_say_what_they_mean_and_what_is_usual(world: World, visit: Visit) -> None:
    client = visit("asker")
    shown = text(client.get(f"{HERE}settings/"))
    assert "Allocate requests to colleagues" in shown
    assert "Usually off." in shown
    assert "Approve outgoing requests" not in shown, "that is for coordinators"
    assert client.post(f"{HERE}settings/", {"area": AREA, "on": ["uses_allocation"]}).status_code == 302
    held = Access.objects.get(authority=world.people["asker"].authority_id, area=AREA)
    assert held.settings["uses_allocation"] is True
    assert "Approve outgoing requests" in text(visit("askcoord").get(f"{HERE}settings/"))


def test_authorities_are_linked_and_unlinked(country: Country) -> None:
    client, crafts = browser(country.masters), country.of("crafts")
    assert "Координатор занаяти" in text(client.get(f"{HERE}links/", {"text": "занаяти"}))
    assert client.post(f"{HERE}links/", {"do": "link", "authority": crafts.pk}).status_code == 302
    mine = AuthorityLink.objects.filter(authority=country.of("masters"))
    assert mine.get().linked == crafts
    assert "This is so already." in text(client.post(f"{HERE}links/", {"do": "link", "authority": crafts.pk}))
    abroad = client.post(f"{HERE}links/", {"do": "link", "authority": country.of("abroad").pk})
    assert "The authority is of another country." in text(abroad)
    assert client.post(f"{HERE}links/", {"do": "unlink", "authority": crafts.pk}).status_code == 302
    assert not mine.exists()


def test_a_correction_is_proposed_and_accepted(country: Country) -> None:
    masters = country.of("masters")
    there = f"/administration/authorities/{masters.pk}/correct/"
    abroad = browser(country.abroad)
    assert there in text(abroad.get(f"/directory/{masters.pk}/"))
    wrong = abroad.post(there, {"field": "phone", "proposal": ""})
    assert wrong.status_code == 422
    assert abroad.post(there, {"field": "phone", "proposal": "+359 2 1"}).status_code == 302
    client = browser(country.masters)
    assert "+359 2 1" in text(client.get(f"{HERE}corrections/"))
    decision = {"do": "accept", "correction": Correction.objects.get().pk}
    assert client.post(f"{HERE}corrections/", decision).status_code == 302
    assert Authority.objects.get(pk=masters.pk).phone == "+359 2 1"
    assert client.post(f"{HERE}corrections/", decision).status_code == 422
    assert browser(country.abroad).post(f"{HERE}corrections/", decision).status_code == 403


def test_tasks_are_delegated_and_taken_back(country: Country) -> None:
    there = "/administration/delegations/"
    client = browser(country.national)
    given = {"do": "delegate", "holder": country.of("crafts").pk, "task": "monitor"}
    assert client.post(there, given).status_code == 302
    assert "This is so already." in text(client.post(there, given))
    assert client.post(there, {"do": "delegate"}).status_code == 422
    assert "Watch over deadlines" in text(browser(country.crafts).get(there))
    assert browser(country.crafts).post(there, given).status_code == 403
    back = {"do": "withdraw", "delegation": Delegation.objects.get().pk}
    assert client.post(there, back).status_code == 302
    assert not Delegation.objects.exists()


def test_the_own_page_asks_a_fixed_number_of_questions(country: Country) -> None:
    client = browser(country.masters)
    client.get(HERE)
    with CaptureQueriesContext(connection) as before:
        client.get(HERE)
    for other in Authority.objects.filter(country="BG").exclude(pk=country.of("masters").pk):
        AuthorityLink.objects.create(authority=country.of("masters"), linked=other)
    AuthorityText.objects.create(authority=country.of("masters"), lang="en", informal="Chamber")
    with CaptureQueriesContext(connection) as after:
        client.get(HERE)
    assert len(before) == len(after)
    assert len(after) <= 20, len(after)


def test_the_tree_leads_from_the_national_coordinator_to_the_authority(country: Country) -> None:
    drawn = tree([[country.of("national")], [], [country.of("masters")]], country.of("masters").pk)
    assert [box.current for box in drawn.boxes] == [False, True]
    assert len(drawn.edges) == 1
    assert drawn.edges[0].y1 < drawn.edges[0].y2
    assert drawn.levels == [["Национален координатор"], ["Камара на майсторите"]]


def test_the_national_coordinator_sees_those_of_its_country(country: Country) -> None:
    shown = text(browser(country.national).get(HERE))
    assert "The coordinators of your country" in shown
    assert "Координатор занаяти" in shown.split("<svg")[1]
    above = text(browser(country.masters).get(HERE)).split("<svg")[1]
    assert above.index("Национален") < above.index("Координатор занаяти") < above.index("Камара на майсторите")


def test_what_was_changed_is_recorded(country: Country) -> None:
    browser(country.masters).post(f"{HERE}confirm")
    latest: Any = Act.objects.latest("pk")
    assert (latest.kind, latest.by_user, latest.area_id) == ("authority.confirmed", country.masters, None)
    assert CRAFTS in {held.area_id for held in Access.objects.filter(authority=country.of("masters"))}
