"""A procedure changes while exchanges run: old ones keep their version, new ones use the new, both are on screen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pydantic import ValidationError

from imi.accounts.models import User
from imi.catalogue.registry import Catalogue
from imi.core.compiled import compile_definition
from imi.exchanges import actions, definitions, stored_form
from imi.exchanges.models import EventRecord, Exchange, PublishedDefinition, PublishedWording
from imi.exchanges.publish import publish_all

from .conftest import AREA, NOW, PROCEDURE, World

ROOT = Path(__file__).parents[2]


def changed(folder: Path, *replacements: tuple[str, str]) -> Catalogue:
    """The repository's procedures with some words of a procedure and its lifecycle replaced."""
    shutil.copytree(ROOT / "procedures", folder)
    for file in (folder / AREA / "information-request.yaml", folder / "lifecycles" / "request.yaml"):
        text = file.read_text(encoding="utf-8")
        for old, new in replacements:
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return Catalogue(folder)


def page(name: str, number: str) -> str:
    """The exchange's page as somebody reads it in English."""
    client = Client()
    User.objects.filter(given_name=name).update(language="en")
    client.force_login(User.objects.get(given_name=name))
    answer = client.get(f"/requests/{number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_running_exchange_keeps_its_version_beside_a_newer_one(world: World, tmp_path: Path) -> None:
    old = world.sent()
    newer = changed(
        tmp_path / "p",
        ("    amount: 7\n", "    amount: 9\n"),
        ("title: Request sent – awaiting", "title: Sent, awaiting"),
    )
    report = publish_all(newer, NOW)
    assert PROCEDURE in report.published
    new = world.sent()

    versions = {row.number: row.definition_id for row in Exchange.objects.filter(number__in=[old, new])}
    assert versions[old] != versions[new]
    assert definitions.current(PROCEDURE) == versions[new]
    assert actions.state_of(Exchange.objects.get(number=old)).deadlines["acceptance"].amount == 7
    assert actions.state_of(Exchange.objects.get(number=new)).deadlines["acceptance"].amount == 9
    assert "Request sent – awaiting acceptance" in page("Answerer", old)
    assert "Sent, awaiting acceptance" in page("Answerer", new)

    for number in (old, new):
        assert isinstance(world.act("answerer", number, "accept", days=5), actions.Done)
        stamped = set(EventRecord.objects.filter(exchange__number=number).values_list("definition", flat=True))
        assert stamped == {versions[number]}


def test_a_corrected_word_makes_no_new_version_and_is_seen_by_all(world: World, tmp_path: Path) -> None:
    number = world.sent()
    before = PublishedDefinition.objects.count()
    report = publish_all(changed(tmp_path / "p", ("title: Request sent – awaiting", "title: Sent, awaiting")), NOW)
    assert PROCEDURE in report.reworded
    assert PublishedDefinition.objects.count() == before
    revision = PublishedWording.objects.get(definition=definitions.current(PROCEDURE), language="en").revision
    assert revision == 2
    definitions.forget()  # as every process does by itself within half a minute
    assert "Sent, awaiting acceptance" in page("Answerer", number)


def test_publishing_the_same_again_changes_nothing(world: World, catalogue: Catalogue) -> None:
    report = publish_all(catalogue, NOW)
    assert (report.published, report.reworded) == ([], [])


def test_going_back_to_an_earlier_version_makes_it_current_again(
    world: World, catalogue: Catalogue, tmp_path: Path
) -> None:
    first = definitions.current(PROCEDURE)
    publish_all(changed(tmp_path / "p", ("    amount: 7\n", "    amount: 9\n")), NOW)
    assert definitions.current(PROCEDURE) != first
    publish_all(catalogue, NOW)
    assert definitions.current(PROCEDURE) == first
    assert PublishedDefinition.objects.filter(procedure=PROCEDURE, current=True).count() == 1


# --- what an older or a newer program stored -------------------------------------------------------------------------


@pytest.fixture
def reread(world: World) -> Iterator[World]:
    """Definitions are read from the database again, before and after the test."""
    definitions.forget()
    yield world
    definitions.forget()


def _rewrite(number: str, **changes: Any) -> str:
    """Change parts of the stored body under an exchange; its hash."""
    stored = PublishedDefinition.objects.get(exchanges__number=number)
    stored.body = {**stored.body, **changes}
    stored.save()
    definitions.forget()
    return stored.hash


def _counted_in_years(number: str) -> dict[str, Any]:
    """The procedure as an invented older program stored it: its retention had one key, in years."""
    procedure = PublishedDefinition.objects.get(exchanges__number=number).body["procedure"]
    return {**procedure, "retention": {"basis": procedure["retention"]["basis"], "delete_after_years": 5}}


def _years_to_months(body: dict[str, Any]) -> dict[str, Any]:
    retention = dict(body["procedure"]["retention"])
    if "delete_after_years" in retention:
        retention["delete_after_months"] = 12 * retention.pop("delete_after_years")
    return {**body, "procedure": {**body["procedure"], "retention": retention}}


def test_a_published_definition_bears_the_number_of_its_form(world: World) -> None:
    bodies = PublishedDefinition.objects.values_list("body", flat=True)
    assert {body["form"] for body in bodies} == {stored_form.newest_form()}


def test_a_body_without_number_is_of_the_first_form(reread: World) -> None:
    number = reread.sent()
    stored = PublishedDefinition.objects.get(exchanges__number=number)
    del stored.body["form"]
    stored.save()
    definitions.forget()
    assert isinstance(reread.act("answerer", number, "accept", days=5), actions.Done)


@pytest.mark.parametrize("numbered", [{}, {"form": 1}])
def test_an_exchange_goes_on_with_what_an_older_program_stored(
    reread: World, monkeypatch: pytest.MonkeyPatch, numbered: dict[str, int]
) -> None:
    number = reread.sent()
    content_hash = _rewrite(number, procedure=_counted_in_years(number), **numbered)
    with pytest.raises(ValidationError, match="delete_after_years"):
        definitions.compiled(content_hash)
    assert [(one.newer, content_hash[:8] in one.name) for one in definitions.unreadable()] == [(False, True)]

    monkeypatch.setattr(stored_form, "UPGRADES", (_years_to_months,))
    assert definitions.compiled(content_hash).definition.procedure.retention.delete_after_months == 60
    assert list(definitions.unreadable()) == []
    assert "Request sent – awaiting acceptance" in page("Answerer", number)
    assert isinstance(reread.act("answerer", number, "accept", days=5), actions.Done)
    stamped = set(EventRecord.objects.filter(exchange__number=number).values_list("definition", flat=True))
    assert stamped == {content_hash}


def test_steps_are_taken_in_order_from_the_form_of_the_body_on(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def step(to: int) -> Any:
        return lambda body: taken.append(to) or body

    body = stored_form.to_stored(catalogue.get(PROCEDURE).definition)
    monkeypatch.setattr(stored_form, "UPGRADES", (step(2), step(3), step(4)))
    assert stored_form.from_stored({**body, "form": 2}) == catalogue.get(PROCEDURE).definition
    assert taken == [3, 4]
    assert stored_form.to_stored(catalogue.get(PROCEDURE).definition)["form"] == 4


def test_what_a_newer_program_stored_gives_a_page_that_says_try_again(
    reread: World, caplog: pytest.LogCaptureFixture
) -> None:
    number, other = reread.sent(), reread.sent()
    content_hash = _rewrite(number, form=99, surprise={})
    with pytest.raises(definitions.ProgramIsOlder, match="99"):
        definitions.compiled(content_hash)
    client = Client()
    client.force_login(User.objects.get(given_name="Answerer"))
    for address in (f"/requests/{number}/", f"/requests/{other}/"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
    assert "a newer program has published a definition" in caplog.text
    assert [one.newer for one in definitions.unreadable()] == [True]


@pytest.mark.parametrize("sample", sorted((ROOT / "tests" / "exchanges" / "stored").glob("form-*.json")))
def test_every_form_ever_stored_can_be_read(sample: Path) -> None:
    """If this fails, the language has changed and a step is missing in ``stored_form.UPGRADES``.

    Before the first release form 1 may still be stored anew instead. A new form gets a sample of its own.
    """
    definition = stored_form.from_stored(json.loads(sample.read_text(encoding="utf-8")))
    assert compile_definition(definition, "sample").states


def test_there_is_a_sample_of_the_newest_form() -> None:
    assert (ROOT / "tests" / "exchanges" / "stored" / f"form-{stored_form.newest_form()}.json").exists()
