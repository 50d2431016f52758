"""The training world is lived through the engine: whole, true and the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.management import call_command

from imi.accounts import signing
from imi.accounts.models import Credentials, User
from imi.core.available import tasks
from imi.core.compiled import Compiled
from imi.core.evolve import replay
from imi.exchanges import actions, definitions, record
from imi.exchanges.facts import facts_for
from imi.exchanges.models import EventRecord, Exchange, Participation, Tally, Task, Telling, Timer
from imi.files.actions import path_of
from imi.files.kinds import MEDIA_TYPES, kind_of
from imi.files.models import StoredFile
from imi.notify.models import Notice, OutgoingMail
from imi.training import build, queries
from imi.training.models import World
from imi.training.people import CODE, PASSWORD

from .conftest import COUNTRIES, REFERENCE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MIDNIGHT = datetime(REFERENCE.year, REFERENCE.month, REFERENCE.day, tzinfo=UTC)


def rows() -> Iterator[tuple[Exchange, Compiled]]:
    for row in Exchange.objects.order_by("pk"):
        yield row, definitions.compiled(row.definition_id)


def test_no_step_of_any_plan_is_refused(built: build.Built) -> None:
    assert not built.stopped
    assert built.exchanges > 90


def test_every_state_of_the_lifecycles_is_present(built: build.Built) -> None:
    present: dict[str, set[str]] = {}
    for row, compiled in rows():
        present.setdefault(compiled.lifecycle.lifecycle, set()).add(row.state)
    for lifecycle, states in present.items():
        compiled = next(one for _, one in rows() if one.lifecycle.lifecycle == lifecycle)
        assert states == set(compiled.states)


def test_every_country_asks_and_is_asked_in_every_area(built: build.Built) -> None:
    sides = Participation.objects.filter(direction__in=["sent", "received"]).values_list(
        "direction", "authority__country", "area"
    )
    countries = {(direction, country) for direction, country, _ in sides}
    assert countries == {(direction, country) for direction in ("sent", "received") for country in COUNTRIES}
    assert {area for _, _, area in sides} == {compiled.definition.area.area for _, compiled in rows()}


def test_some_are_late_referred_forwarded_split_extended_and_allocated(built: build.Built) -> None:
    names = Counter(EventRecord.objects.filter(kind="action").values_list("name", flat=True))
    for action in ("refer", "forward", "split", "agree_extension", "allocate", "message", "remind", "modify", "close"):
        assert names[action], action
    assert Participation.objects.filter(phase="open", due_at__lt=MIDNIGHT).exists()
    assert Exchange.objects.filter(parent__isnull=False).exists()
    assert EventRecord.objects.filter(kind="reminder").exists()


def test_every_history_holds_and_gives_the_stored_state(built: build.Built) -> None:
    assert list(record.verify(Exchange.objects.all())) == []
    for row, compiled in rows():
        assert replay(compiled, row.number, record.history(row)) == actions.state_of(row), row.number


def test_events_follow_each_other_within_the_twelve_months_before(built: build.Built) -> None:
    for row in Exchange.objects.all():
        moments = list(row.events.order_by("seq").values_list("at", flat=True))
        assert moments == sorted(moments), row.number
        assert moments[0] > MIDNIGHT - timedelta(days=370)
        assert moments[-1] <= MIDNIGHT + timedelta(minutes=1)
    numbers = list(
        Exchange.objects.filter(parent=None).order_by("opened_at", "number").values_list("number", flat=True)
    )
    assert numbers == sorted(numbers)


def test_tallies_equal_a_recount(built: build.Built) -> None:
    stored = Tally.objects.exclude(total=0).values_list("authority_id", "area_id", "direction", "state", "total")
    counted = Counter(Participation.objects.values_list("authority_id", "area_id", "direction", "state"))
    assert {row[:4]: row[4] for row in stored} == dict(counted)


def test_tasks_equal_a_recomputation(built: build.Built) -> None:
    for row, compiled in rows():
        state = actions.state_of(row)
        wanted = {
            (task.authority, task.party, role, task.action, int(user) if user else None)
            for task in tasks(compiled, state, facts_for(compiled, state, "", MIDNIGHT))
            for role in task.roles
            for user in (task.users or ("",))
        }
        stored = Task.objects.filter(exchange=row).values_list("authority_id", "party", "role", "action", "user_id")
        assert set(stored) == wanted, row.number


def test_nothing_of_the_past_waits_to_be_told_or_mailed(built: build.Built) -> None:
    assert not Telling.objects.filter(done_at=None).exists()
    assert not OutgoingMail.objects.exists()
    assert not Timer.objects.filter(at__lte=MIDNIGHT).exists()
    assert Notice.objects.filter(at__gte=MIDNIGHT - build.NOTICED, digest=False).exists()
    assert not Notice.objects.filter(at__lt=MIDNIGHT - build.NOTICED - timedelta(days=1)).exists()


def test_people_write_their_own_language_and_send_real_files(built: build.Built) -> None:
    written = {
        event.user: event.payload.data.get("justification", "")
        for event in EventRecord.objects.filter(name="send", kind="action").select_related("payload")
    }
    hungarians = {str(pk) for pk in User.objects.filter(language="hu").values_list("pk", flat=True)}
    assert any(set("őűáé") & set(text) for user, text in written.items() if user in hungarians)
    stored = list(StoredFile.objects.all())
    assert stored
    for one in stored:
        with path_of(one.id).open("rb") as stream:
            assert MEDIA_TYPES[kind_of(stream)] == one.media_type


def test_everybody_can_practise_the_classic_sign_in(built: build.Built, rf: Any) -> None:
    assert not Credentials.objects.exclude(sealed_code__gt="", positions__gt="").exists()
    for user in (User.objects.order_by("pk")[0], User.objects.order_by("-pk")[0]):
        request = rf.post("/sign-in")
        SessionMiddleware(lambda _request: None).process_request(request)
        request.user = AnonymousUser()
        assert signing.begin(request, user.username, PASSWORD) == signing.Begun()
        characters = "".join(CODE[place - 1] for place in signing.places_asked(request))
        assert signing.answer(request, characters) == user


def test_whoever_acted_was_here_and_nobody_else(built: build.Built) -> None:
    acted = {int(user) for user in EventRecord.objects.exclude(user="").values_list("user", flat=True)}
    seen = dict(User.objects.filter(last_seen__isnull=False).values_list("pk", "last_seen"))
    assert seen.keys() == acted
    assert max(seen.values()) <= datetime.combine(REFERENCE, datetime.min.time(), UTC)
    assert User.objects.exclude(pk__in=acted).exists(), "some have never signed in"


def test_the_people_of_the_demonstration_have_a_handful_in_different_states(built: build.Built) -> None:
    found = queries.featured("hu")
    assert {one.key for one in found} >= {"hu-guides-1", "pt-guides-1"}
    assert all(one.title and one.roles for one in found)
    for one in found:
        if one.key.endswith("-guides-1"):
            listed = Participation.objects.filter(authority=one.user.authority_id, direction__in=["sent", "received"])
            assert len(set(listed.values_list("state", flat=True))) >= 8


def test_the_command_does_nothing_a_second_time(built: build.Built) -> None:
    before = EventRecord.objects.count()
    said = StringIO()
    call_command("build_training_world", stdout=said)
    assert "exists already" in said.getvalue()
    assert EventRecord.objects.count() == before
    assert World.objects.get().exchanges == built.exchanges
