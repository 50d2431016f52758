"""What an action leaves behind, and what it does not: drafts nobody can send, locks in two orders, old versions,
private words where others look."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.catalogue.registry import DEFAULT_FOLDER, Catalogue
from imi.exchanges import actions, definitions, queries
from imi.exchanges.lists import Filters, exchanges
from imi.exchanges.models import Draft, PublishedDefinition
from imi.exchanges.publish import publish_all

from .conftest import PROCEDURE, World


def _drafts(number: str) -> set[tuple[str, str]]:
    return set(Draft.objects.filter(exchange__number=number).values_list("authority_id", "action"))


def _keep(world: World, name: str, number: str, action: str) -> None:
    kept = actions.save_draft(world.people[name], number, action, {"remark": "About Ms Kovács"}, now=world.now)
    assert isinstance(kept, actions.DraftSaved), kept


def test_a_discarded_draft_leaves_no_text_behind(world: World) -> None:
    number = world.open()
    _keep(world, "asker", number, "send")
    assert isinstance(world.act("asker", number, "discard"), actions.Done)
    assert not _drafts(number)


def test_whoever_passes_a_request_on_keeps_no_draft_of_its_reply(world: World) -> None:
    number = world.accepted()
    _keep(world, "answerer", number, "reply")
    assert isinstance(world.act("asker", number, "message", text="Still waiting."), actions.Done)
    assert _drafts(number) == {("pt-works", "reply")}
    assert isinstance(world.act("answerer", number, "forward", target="pt-other", comment="Yours."), actions.Done)
    assert not _drafts(number)


def test_a_split_changes_all_tallies_in_one_statement(world: World) -> None:
    number = world.sent()
    items = [item.question for item in actions.state_of(_row(number)).items]
    assert len(items) > 1
    with CaptureQueriesContext(connection) as caught:
        assert isinstance(
            world.act("answerer", number, "split", items=items[:1], target="pt-other", comment="Yours."), actions.Done
        )
    assert sum("INSERT INTO exchanges_tally" in one["sql"] for one in caught.captured_queries) == 1


def test_a_version_published_by_another_process_is_used_at_once(world: World) -> None:
    current = definitions.current(PROCEDURE)
    assert current is not None
    PublishedDefinition.objects.filter(hash=current).update(current=False)
    with pytest.raises(actions.NoSuchExchange):
        world.open()


def _row(number: str) -> actions.Exchange:
    return actions.Exchange.objects.get(number=number)


def test_the_own_file_number_stays_on_ones_own_side(world: World) -> None:
    number = world.accepted()

    def seen(name: str) -> object:
        return queries.view(world.people[name], number, "show", now=world.now).shown.content.get("reference")

    assert seen("asker") == "HU-77/2026"
    assert seen("answerer") is None
    assert definitions.compiled(_row(number).definition_id).private_fields.keys() == {"reference"}


def test_nobody_finds_an_exchange_by_a_name_that_is_private_to_the_other_side(world: World, tmp_path: Path) -> None:
    person = {"subject_kind": "person", "family_name": "Rozmaring", "given_names": "Jácint"}
    folder = tmp_path / "procedures"
    shutil.copytree(DEFAULT_FOLDER, folder)
    file = folder / f"{PROCEDURE}.yaml"
    text = file.read_text()
    mark = 'label: "Family name"\n'
    assert mark in text
    file.write_text(text.replace(mark, f"{mark}        private_to: [requesting]\n", 1))
    publish_all(Catalogue(folder), world.now)
    definitions.forget()
    number = world.sent(**person)
    assert isinstance(world.act("answerer", number, "accept", days=10), actions.Done)

    def found(name: str, text: str) -> list[str]:
        return [row.number for row in exchanges(world.people[name], Filters(text=text)).rows]

    assert (found("asker", "rozmaring"), found("asker", "jacint")) == ([number], [number])
    assert (found("answerer", "rozmaring"), found("answerer", "jacint")) == ([], [number])
