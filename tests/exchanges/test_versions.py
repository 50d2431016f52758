"""A procedure changes while exchanges run: old ones keep their version, new ones use the new, both are on screen."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.test import Client

from imi.accounts.models import User
from imi.catalogue.registry import Catalogue
from imi.exchanges import actions, definitions
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
