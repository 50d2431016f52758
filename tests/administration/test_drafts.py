"""Drafts by machine: made by the real engine from what people wrote, and never in the place of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imi.accounts.models import User
from imi.administration import cards, drafts
from imi.administration.models import Act, DraftOrder
from imi.administration.reasons import Refused
from imi.directory import queries as directory
from imi.directory.finding import find_authorities
from imi.directory.models import Authority, AuthorityText
from imi.translation.drafts import outdated, prospects
from imi.translation.models import Job
from imi.translation.work import Translating
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, who

pytestmark = pytest.mark.django_db
TITLE, DESCRIPTION = "Chamber of tourist guides", "Keeps the register of guides. Write to info@guides.example."


@pytest.fixture
def guides(country: Country) -> User:
    """The administrator of an authority that has its texts in English only."""
    person = country.masters
    AuthorityText.objects.filter(authority=person.authority_id).delete()
    cards.write_text(who(person), "en", TITLE, DESCRIPTION, now=NOW)
    return person


def text(person: User, lang: str = "pt") -> AuthorityText | None:
    return AuthorityText.objects.filter(authority=person.authority_id, lang=lang).first()


def drafted(person: User) -> AuthorityText:
    """Order, translate, collect."""
    drafts.order(who(person), "en", NOW)
    Translating().all()
    drafts.collect(NOW)
    found = text(person)
    assert found is not None
    return found


def test_a_draft_says_whence_it_came(guides: User) -> None:
    found = drafted(guides)
    assert found.machine
    assert "guias" in found.informal
    assert "info@guides.example" in found.description
    assert (found.engine, found.source_lang, found.via, found.drafted_at) == ("fxtranslate", "en", "", NOW)
    assert not DraftOrder.objects.exists()
    act = Act.objects.filter(kind="authority.text_drafted").get()
    assert (act.by_user_id, act.details["lang"], act.details["source"]) == (guides.pk, "pt", "en")


def test_only_languages_of_the_engine_are_ordered_and_each_once(guides: User) -> None:
    assert drafts.order(who(guides), "en", NOW) == ["pt"]
    assert drafts.order(who(guides), "en", NOW) == [], "it is on its way"
    assert Job.objects.count() == 2
    Translating().all()
    drafts.collect(NOW)
    assert drafts.order(who(guides), "en", NOW) == [], "there is one"


def test_no_authority_keeps_the_engine_from_the_others(guides: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "ORDERED_A_DAY", 2)
    for words in ("Guides", "Guides of towns"):
        cards.write_text(who(guides), "en", words, "", now=NOW)
        assert drafts.order(who(guides), "en", NOW) == ["pt"]
    assert drafts.order(who(guides), "en", NOW) == [], "nothing is ordered, so nothing is counted"
    cards.write_text(who(guides), "en", "Guides of towns and hills", "", now=NOW)
    with pytest.raises(Refused) as caught:
        drafts.order(who(guides), "en", NOW)
    assert caught.value.reason.code == "too_often"
    assert drafts.order(who(guides), "en", NOW + timedelta(days=1)) == ["pt"]


def test_what_a_person_wrote_is_never_overwritten(guides: User) -> None:
    drafts.order(who(guides), "en", NOW)
    Translating().all()
    cards.write_text(who(guides), "pt", "Câmara dos guias", "", now=NOW)
    drafts.collect(NOW)
    found = text(guides)
    assert found is not None
    assert (found.informal, found.machine) == ("Câmara dos guias", False)
    assert drafts.order(who(guides), "en", NOW) == []
    assert not DraftOrder.objects.exists()


def test_a_confirmed_draft_is_a_persons_text(guides: User) -> None:
    found = drafted(guides)
    cards.write_text(who(guides), "pt", found.informal, found.description, now=NOW)
    found.refresh_from_db()
    assert (found.machine, found.engine, found.source_lang, found.drafted_at) == (False, "", "", None)
    cards.write_text(who(guides), "en", "Something else", "", now=NOW)
    assert drafts.order(who(guides), "en", NOW) == []


def test_a_changed_original_makes_its_drafts_outdated_and_new_ones_possible(guides: User) -> None:
    first = drafted(guides)
    cards.write_text(who(guides), "en", "Chamber of mountain guides", DESCRIPTION, now=NOW)
    texts = {one.lang: one for one in AuthorityText.objects.filter(authority=guides.authority_id)}
    assert outdated(first, texts)
    assert prospects(texts, "en", ()).possible == ("pt",)
    second = drafted(guides)
    assert "montanha" in second.informal
    assert second.machine


def test_words_that_were_changed_meanwhile_make_no_draft(guides: User) -> None:
    drafts.order(who(guides), "en", NOW)
    Translating().all()
    cards.write_text(who(guides), "en", "Something else", "", now=NOW)
    drafts.collect(NOW)
    assert text(guides) is None
    assert drafts.order(who(guides), "en", NOW) == ["pt"]


def test_a_draft_is_not_made_from_a_draft(guides: User) -> None:
    drafted(guides)
    with pytest.raises(Refused):
        drafts.order(who(guides), "pt", NOW)


def test_a_draft_is_thrown_away_but_no_text_of_a_person(guides: User) -> None:
    drafted(guides)
    drafts.discard(who(guides), "pt", NOW)
    assert text(guides) is None
    for lang in ("pt", "en"):
        with pytest.raises(Refused):
            drafts.discard(who(guides), lang, NOW)


def test_a_failure_is_noted_and_can_be_forgotten_or_tried_anew(guides: User) -> None:
    drafts.order(who(guides), "en", NOW)
    Job.objects.update(state="failed", error="protected")
    assert drafts.collect(NOW) == 1
    assert DraftOrder.objects.get().error == "protected"
    assert drafts.order(who(guides), "en", NOW) == ["pt"]
    assert not Job.objects.exclude(state="queued").exists()
    Job.objects.update(state="failed", error="poor")
    drafts.collect(NOW)
    drafts.discard(who(guides), "pt", NOW)
    assert not DraftOrder.objects.exists()


def test_only_local_data_administrators_order_and_throw_away(guides: User, country: Country) -> None:
    User.objects.filter(pk=guides.pk).update(is_administrator=False)
    for act in (lambda: drafts.order(who(guides), "en", NOW), lambda: drafts.discard(who(guides), "pt", NOW)):
        with pytest.raises(Refused):
            act()


def test_without_an_engine_nothing_is_ordered(guides: User, settings: Any) -> None:
    settings.IMI_TRANSLATION_PACKAGE = False
    texts = {one.lang: one for one in AuthorityText.objects.filter(authority=guides.authority_id)}
    assert not prospects(texts, "en", ()).engine
    assert drafts.order(who(guides), "en", NOW) == []


def test_the_card_shows_the_draft_and_its_original(guides: User, django_assert_num_queries: Any) -> None:
    drafted(guides)
    card = directory.card(guides.authority_id, "pt")
    assert card is not None
    assert card.machine
    assert card.draft is not None
    assert (card.draft.lang, card.draft.title, card.draft.outdated) == ("en", TITLE, False)
    cards.write_text(who(guides), "en", "Other", "", now=NOW)
    card = directory.card(guides.authority_id, "pt")
    assert card is not None
    assert card.draft is not None
    assert card.draft.outdated
    original = directory.card(guides.authority_id, "en")
    assert original is not None
    assert original.draft is None


def test_a_draft_is_found_by_its_words_like_every_text(guides: User) -> None:
    """The directory has always indexed translations nobody has confirmed; so it stays (decision 16)."""
    assert not find_authorities("pt", "guias", area=CRAFTS)
    drafted(guides)
    assert [one.authority.pk for one in find_authorities("pt", "guias", area=CRAFTS)] == [guides.authority_id]
    drafts.discard(who(guides), "pt", NOW)
    assert not find_authorities("pt", "guias", area=CRAFTS)
    assert Authority.objects.filter(pk=guides.authority_id).exists()
