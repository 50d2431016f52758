"""Three countries as drawn trees, the search with its facets, the cards: read by axe, narrow and wide, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests import migrated
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, Become, Check, look_at, speak

pytestmark = pytest.mark.browser

SOMEBODY = "Lucía García Iglesias"
PAGES = [
    "/directory/countries/ES/",
    "/directory/countries/ES/?open=es-andalucia#es-andalucia",
    "/directory/countries/LI/?open=li-nimic",
    "/directory/countries/RO/?open=ro-pq-coord",
    "/directory/",
    "/directory/?country=ES&region=ES61",
    "/directory/?country=ES&role=coordinator&text=coordin",
    "/directory/?country=RO&region=RO213&role=limic",
    "/directory/?country=LI&region=LI000&text=zzzz",
    "/directory/es-pq-coord/",
    "/directory/es-tourism-bcn/",
    "/directory/li-desk/",
]


class ThreeCountries(TrainingSite):
    """A site with a centralised, a regional and a decentralised country; nothing has to happen there."""

    def build(self) -> None:
        """From a migrated database to a world."""
        self.manage("publish_procedures")
        self.manage("build_training_world", "--countries=ES,LI,RO", "--exchanges=0")


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingSite]:
    """The site of this module, in the place of the one that the others share."""
    home = tmp_path_factory.mktemp("countries")
    site = ThreeCountries(home=home, database=str(migrated.file_in(home)))
    try:
        site.build()
        site.start_web()
        yield site
    finally:
        site.stop()


@pytest.mark.parametrize(("language", "sizes"), [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])])
def test_countries_search_and_cards_are_accessible_and_fit(
    become: Become, accessible: Check, language: str, sizes: list[dict[str, int]]
) -> None:
    faults: list[str] = []
    page = become(SOMEBODY)
    speak(page, language)
    for path in PAGES:
        assert look_at(page, path, sizes, accessible, faults) == 200, path
    assert not faults, "\n".join(faults)


def test_a_region_is_chosen_and_its_coordinator_opened_by_keyboard_without_scripts(become: Become) -> None:
    page = become(SOMEBODY, scripts=False)
    page.goto("/directory/")
    page.locator("#country").select_option("ES")
    page.locator("#text").press("Enter")
    page.locator("#region").select_option("ES61")
    page.locator("#text").press("Enter")
    page.locator("main a[href='/directory/countries/ES/']").press("Enter")
    opener = page.locator("#es-andalucia .imi-org__toggle")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.press("Enter")
    expect(page.locator("#es-andalucia .imi-org__toggle")).to_have_attribute("aria-expanded", "true")
    page.locator("#es-andalucia a[href='/directory/es-guides-sevilla/']").press("Enter")
    page.wait_for_url("**/directory/es-guides-sevilla/")
    expect(page.locator("main a[href='/directory/countries/ES/']")).to_be_visible()
