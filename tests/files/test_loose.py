"""Files that nobody sent: removed after a day, and never one that an exchange or a draft names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from imi.exchanges import actions as exchanges
from imi.exchanges import tidying
from imi.exchanges.models import Draft, Exchange, Payload
from imi.files import actions, queries
from imi.files.models import StoredFile
from imi.notify import chores
from tests.exchanges.conftest import SEND, World, catalogue  # noqa: F401 - a fixture
from tests.exchanges.conftest import lone_world as world  # noqa: F401

from .test_files import PDF


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.IMI_FILES = tmp_path / "files"


def uploaded(world: World, name: str = "asker") -> dict[str, Any]:  # noqa: F811
    """A document uploaded just now, as a form names it."""
    who = world.people[name]
    stored = actions.store(SimpleUploadedFile("Oklevél.pdf", PDF), who.user_id, who.authority_id)
    return actions.as_attachment(stored)


def tomorrow(**later: int) -> datetime:
    return timezone.now() + actions.LOOSE + timedelta(minutes=1, **later)


def is_there(file: dict[str, Any]) -> bool:
    on_disk = actions.path_of(file["id"]).exists()
    assert StoredFile.objects.filter(pk=file["id"]).exists() == on_disk
    return on_disk


def files_field(world: World, number: str, action: str) -> str:  # noqa: F811
    """The field of an action's form that takes documents."""
    compiled = exchanges.definitions.compiled(Exchange.objects.get(number=number).definition_id)
    return next(field.id for field in compiled.fields[action] if field.type == "files")


def sent(world: World, file: dict[str, Any]) -> str:  # noqa: F811
    """A request sent with the file."""
    number = world.open()
    field = files_field(world, number, "send")
    done = world.act("asker", number, "send", **{**SEND, field: [file]})
    assert isinstance(done, exchanges.Done), done
    return number


def test_an_upload_that_nothing_names_is_removed_after_a_day(world: World) -> None:  # noqa: F811
    file = uploaded(world)
    assert chores.remove_files(timezone.now() + timedelta(hours=23)) == 0
    assert is_there(file)
    assert chores.remove_files(tomorrow()) == 1
    assert not is_there(file)
    assert chores.remove_files(tomorrow()) == 0


def test_a_file_that_was_sent_stays_for_ever(world: World) -> None:  # noqa: F811
    file = uploaded(world)
    number = sent(world, file)
    assert chores.remove_files(tomorrow(days=4000)) == 0
    assert is_there(file)
    assert file["id"] in str(list(Payload.objects.filter(event__exchange__number=number).values_list("data")))


def test_a_file_that_parts_of_a_request_share_stays(world: World) -> None:  # noqa: F811
    file = uploaded(world)
    number = sent(world, file)
    assert isinstance(world.act("answerer", number, "accept", days=5), exchanges.Done)
    done = world.act("answerer", number, "split", items="some", target="pt-other", comment="Not ours.")
    assert isinstance(done, exchanges.Done), done
    part = Exchange.objects.get(parent__number=number)
    assert file["id"] in {one.id for one in exchanges.state_of(part).attachments}
    assert chores.remove_files(tomorrow(days=400)) == 0
    assert is_there(file)


def test_a_file_stays_as_long_as_a_draft_names_it(world: World) -> None:  # noqa: F811
    file, number = uploaded(world), world.open()
    field = files_field(world, number, "send")
    assert isinstance(
        exchanges.save_draft(world.people["asker"], number, "send", {field: [file]}), exchanges.DraftSaved
    )
    for days in (1, 9, 20):
        assert chores.remove_files(tomorrow(days=days)) == 0
        assert is_there(file)
    exchanges.save_draft(world.people["asker"], number, "send", {field: []})
    assert chores.remove_files(tomorrow(days=30)) == 1
    assert not is_there(file)


def test_a_file_of_a_dropped_draft_is_removed(world: World) -> None:  # noqa: F811
    file, number = uploaded(world), world.open()
    field = files_field(world, number, "send")
    exchanges.save_draft(world.people["asker"], number, "send", {field: [file]})
    Draft.objects.all().delete()
    assert chores.remove_files(tomorrow(days=1)) == 1


def test_a_file_that_an_answer_in_a_draft_names_by_its_id_alone_stays(world: World) -> None:  # noqa: F811
    file, number = uploaded(world), world.open()
    exchanges.save_draft(world.people["asker"], number, "send", {"answers": {"q": {"attachments": [file["id"]]}}})
    assert chores.remove_files(tomorrow()) == 0
    assert is_there(file)


def test_a_refused_form_attaches_nothing(world: World) -> None:  # noqa: F811
    own, foreign = uploaded(world), uploaded(world, "answerer")
    number = world.open()
    field = files_field(world, number, "send")
    refused = world.act("asker", number, "send", **{**SEND, field: [own, foreign]})
    assert isinstance(refused, exchanges.Refused)
    assert chores.remove_files(tomorrow()) == 2


def test_a_file_that_is_sent_after_it_was_found_loose_stays(world: World) -> None:  # noqa: F811
    file = uploaded(world)
    assert tidying.unnamed_files(tomorrow(), 10) == [file["id"]]
    sent(world, file)
    assert not actions.remove_loose(file["id"], tomorrow())
    assert is_there(file)


def test_a_file_that_a_draft_names_after_it_was_found_loose_stays(world: World) -> None:  # noqa: F811
    file, number = uploaded(world), world.open()
    StoredFile.objects.update(kept_until=timezone.now() - timedelta(minutes=1))
    assert tidying.unnamed_files(timezone.now(), 10) == [file["id"]]
    exchanges.save_draft(world.people["asker"], number, "send", {files_field(world, number, "send"): [file]})
    assert not actions.remove_loose(file["id"], timezone.now())
    assert is_there(file)


@pytest.mark.parametrize("dies_after", ["marked", "bytes"])
def test_a_removal_that_was_cut_short_is_finished_by_the_next(
    world: World,  # noqa: F811
    dies_after: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class KilledError(BaseException):
        """The process ends here."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    file = uploaded(world)
    place, step = (actions, "remove") if dies_after == "marked" else (type(StoredFile.objects.all()), "delete")
    with monkeypatch.context() as patched:
        patched.setattr(place, step, killed)
        with pytest.raises(KilledError):
            chores.remove_files(tomorrow())
    assert actions.path_of(file["id"]).exists() == (dies_after == "marked")
    assert queries.uploaded_by("hu-trade", [file["id"]]) == {}, "nobody may name it any more"
    number = world.open()
    field = files_field(world, number, "send")
    assert isinstance(world.act("asker", number, "send", **{**SEND, field: [file]}), exchanges.Refused)
    assert chores.remove_files(tomorrow()) == 1
    assert not is_there(file)


def test_an_upload_that_was_cut_short_leaves_nothing_for_ever(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(actions.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        uploaded(world)
    assert [one.suffix for one in actions.path_of("").parent.rglob("*") if one.is_file()] == [".part"]
    assert chores.remove_files(tomorrow()) == 1
    assert not [one for one in actions.path_of("").parent.rglob("*") if one.is_file()]


def test_a_file_that_cannot_be_removed_keeps_no_other_waiting(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, other = uploaded(world), uploaded(world)
    remove = actions.remove

    def broken(identities: list[str]) -> int:
        if stuck["id"] in identities:
            raise PermissionError(13, "denied")
        return remove(identities)

    monkeypatch.setattr(actions, "remove", broken)
    assert chores.remove_files(tomorrow()) == 1
    assert not is_there(other)
    assert chores.remove_files(tomorrow()) == 0
    monkeypatch.setattr(actions, "remove", remove)
    assert chores.remove_files(tomorrow() + chores.REST) == 1


def test_drafts_are_read_once_for_all_files_and_only_if_there_are_any(
    world: World,  # noqa: F811
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with django_assert_num_queries(1):
        chores.remove_files(tomorrow())
    for _ in range(3):
        uploaded(world)
    with django_assert_num_queries(2):
        assert len(tidying.unnamed_files(tomorrow(), 10)) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time; rows are not locked")
@pytest.mark.parametrize("commits", [True, False])
def test_the_worker_waits_for_a_form_that_is_just_being_sent(world: World, commits: bool) -> None:  # noqa: F811
    file = uploaded(world)
    holding, go_on = threading.Event(), threading.Event()

    def send() -> None:
        try:
            with transaction.atomic():
                actions.attach(actions.hold("hu-trade", [file["id"]]))
                holding.set()
                go_on.wait(10)
                transaction.set_rollback(not commits)
        finally:
            connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    assert holding.wait(10)
    threading.Timer(0.3, go_on.set).start()
    assert actions.remove_loose(file["id"], tomorrow()) is not commits
    sender.join(10)
    assert is_there(file) is commits
