"""The page of title and description: drafts ordered, shown for what they are, confirmed, thrown away."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts.models import User
from imi.administration import cards, drafts
from imi.administration.models import DraftOrder
from imi.directory.models import AuthorityText
from imi.translation.models import Job
from imi.translation.work import Translating
from tests.administration.conftest import Country
from tests.administration.country import NOW, who
from tests.web.administration.test_authorities import browser, text

pytestmark = pytest.mark.django_db
HERE = "/administration/authority/texts/"
BUTTON = "Draft the missing languages by machine"


@pytest.fixture
def guides(country: Country) -> User:
    """The administrator of an authority that has its texts in English only."""
    AuthorityText.objects.filter(authority=country.masters.authority_id).delete()
    cards.write_text(who(country.masters), "en", "Chamber of guides", "Keeps the register of guides.", now=NOW)
    return country.masters


def made() -> None:
    Translating().all()
    drafts.collect(timezone.now())


def test_from_the_button_to_the_confirmed_text(guides: User) -> None:
    client = browser(guides)
    page = text(client.get(f"{HERE}?lang=en"))
    assert BUTTON in page
    assert f'action="{HERE}?lang=en"' in page
    done = text(client.post(f"{HERE}draft", {"source": "en"}, follow=True))
    assert "1 language is being translated." in done
    assert "being translated" in done
    assert BUTTON not in done
    made()
    page = text(client.get(f"{HERE}?lang=pt"))
    assert "machine translation, not confirmed" in page
    assert "From English, by fxtranslate" in page
    assert "Chamber of guides" in page.split('id="beside"')[1], "the original stands beside it"
    assert "Save and confirm" in page
    draft = AuthorityText.objects.get(authority=guides.authority_id, lang="pt")
    client.post(f"{HERE}?lang=pt", {"informal": draft.informal, "description": "Outra descrição"})
    assert "machine translation" not in text(client.get(f"{HERE}?lang=pt"))
    draft.refresh_from_db()
    assert (draft.machine, draft.description) == (False, "Outra descrição")


def test_others_read_the_draft_with_its_label_and_the_original(guides: User, country: Country) -> None:
    drafts.order(who(guides), "en", NOW)
    made()
    reader = browser(country.abroad)
    card = f"/directory/{guides.authority_id}/"
    assert "not confirmed" not in text(reader.get(card))
    User.objects.filter(pk=country.abroad.pk).update(language="pt")
    page = text(reader.get(card))
    assert 'class="imi-card imi-card--warning"' in page
    assert "Chamber of guides" in page
    assert "fxtranslate" in page
    cards.write_text(who(guides), "en", "Chamber of mountain guides", "", now=NOW)
    assert "Chamber of mountain guides" in text(reader.get(card))


def test_an_outdated_draft_says_so_and_a_new_one_is_offered(guides: User) -> None:
    client = browser(guides)
    drafts.order(who(guides), "en", NOW)
    made()
    assert BUTTON not in text(client.get(f"{HERE}?lang=en"))
    cards.write_text(who(guides), "en", "Chamber of mountain guides", "", now=NOW)
    assert "draft out of date" in text(client.get(f"{HERE}?lang=pt"))
    assert BUTTON in text(client.get(f"{HERE}?lang=en"))


def test_a_draft_is_thrown_away_after_asking_and_a_second_time_says_why_not(guides: User) -> None:
    client = browser(guides)
    drafts.order(who(guides), "en", NOW)
    made()
    assert "Throw the draft away" in text(client.get(f"{HERE}?lang=pt"))
    assert "thrown away" in text(client.post(f"{HERE}discard", {"lang": "pt"}, follow=True))
    assert "no draft any more" in text(client.post(f"{HERE}discard", {"lang": "pt"}, follow=True))
    assert AuthorityText.objects.filter(authority=guides.authority_id, lang="en").exists()


def test_a_failure_is_told_in_words(guides: User) -> None:
    client = browser(guides)
    drafts.order(who(guides), "en", NOW)
    Job.objects.update(state="failed", error="protected")
    drafts.collect(NOW)
    assert "did not come through unchanged" in text(client.get(f"{HERE}?lang=pt"))
    client.post(f"{HERE}discard", {"lang": "pt"})
    assert not DraftOrder.objects.exists()


def test_without_an_engine_everything_else_works(guides: User, settings: Any) -> None:
    settings.IMI_TRANSLATION_PACKAGE = False
    client = browser(guides)
    page = text(client.get(f"{HERE}?lang=en"))
    assert "No translation engine is installed." in page
    assert BUTTON not in page
    done = client.post(f"{HERE}draft", {"source": "en"}, follow=True)
    assert "nothing that could be drafted" in text(done)
    assert client.post(f"{HERE}?lang=hu", {"informal": "Kamara", "description": ""}).status_code == 302


@pytest.mark.parametrize("given", [{"source": "zz"}, {}, {"source": "pt"}, {"source": "e" * 500}])
def test_drafts_from_no_text_of_a_person_are_refused(guides: User, given: dict[str, str]) -> None:
    answer = browser(guides).post(f"{HERE}draft", given, follow=True)
    assert answer.status_code == 200
    assert not DraftOrder.objects.exists()


def test_only_local_data_administrators(guides: User) -> None:
    User.objects.filter(pk=guides.pk).update(is_administrator=False)
    client = browser(guides)
    for name in ("draft", "discard"):
        assert client.post(f"{HERE}{name}", {"source": "en", "lang": "pt"}).status_code == 403


def test_the_page_takes_as_many_queries_whatever_there_is(guides: User) -> None:
    client = browser(guides)

    def taken() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{HERE}?lang=en")
        return len(captured)

    taken()
    before = taken()
    for lang in ("hu", "bg", "lt", "pl", "de"):
        cards.write_text(who(guides), lang, f"Chamber {lang}", "", now=NOW)
    drafts.order(who(guides), "en", NOW)
    assert taken() == before
