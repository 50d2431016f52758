"""Jobs: one for each text and pair, lost by nobody, done by the real engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from imi.translation import chores, engines, folders, jobs
from imi.translation.bergamot import Bergamot
from imi.translation.engine import LONGEST, DataClass, Route, Untranslatable
from imi.translation.models import Job
from imi.translation.work import Translating
from tests import migrated
from tests.faults.installation import ROOT, Installation

TEXT = 'Competent authority for tourist guides. Write to info@guides.example about "Guia" under 2005/36/EC.'


def en_pt() -> Route:
    route = engines.route("en", "pt")
    assert route is not None
    return route


@pytest.mark.django_db
def test_a_text_is_translated_and_what_is_protected_comes_through() -> None:
    job = jobs.ask(TEXT, en_pt(), timezone.now())
    assert Translating().all() == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert "Autoridade competente" in job.result
    assert "guias turísticos" in job.result
    for held in ("info@guides.example", '"Guia"', "2005/36/EC"):
        assert job.result.count(held) == 1


@pytest.mark.django_db
def test_paragraphs_stay() -> None:
    result = Bergamot().translate("Tourist guides.\n\nTravel agencies.", en_pt())
    assert [bool(line) for line in result.split("\n")] == [True, False, True]


def test_a_text_that_is_too_long_is_not_translated() -> None:
    with pytest.raises(Untranslatable) as raised:
        Bergamot().translate("a" * (LONGEST + 1), en_pt())
    assert raised.value.code == "too_long"


@pytest.mark.django_db
def test_the_same_text_is_translated_once() -> None:
    now = timezone.now()
    first = jobs.ask(TEXT, en_pt(), now)
    assert jobs.ask(TEXT, en_pt(), now).pk == first.pk
    other = Route("fxtranslate", "other models", "en", "pt")
    assert jobs.ask(TEXT, other, now).pk != first.pk, "other models translate it anew"


@pytest.mark.django_db
def test_nobody_gets_a_claimed_job_before_its_lease_is_over() -> None:
    now = timezone.now()
    job = jobs.ask(TEXT, en_pt(), now)
    taken = jobs.claim(now)
    assert taken is not None
    assert taken.pk == job.pk
    assert jobs.claim(now) is None
    assert jobs.claim(now + jobs.LEASE) is not None, "the process that had it was killed"


@pytest.mark.django_db
def test_a_text_that_ends_the_process_is_given_up() -> None:
    now = timezone.now()
    job = jobs.ask(TEXT, en_pt(), now)
    for number in range(jobs.MOST_ATTEMPTS):
        assert jobs.claim(now + number * jobs.LEASE) is not None
    assert jobs.claim(now + 10 * jobs.LEASE) is None
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "crashed")
    assert jobs.ask(TEXT, en_pt(), now).state == "queued", "whoever asks again has it tried anew"


@pytest.mark.django_db
def test_a_job_for_models_that_are_gone_fails() -> None:
    job = jobs.ask(TEXT, Route("fxtranslate", "gone", "en", "pt"), timezone.now())
    Translating().all()
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "unsupported_pair")


@pytest.mark.django_db
def test_old_jobs_are_forgotten_but_none_that_waits() -> None:
    now = timezone.now()
    jobs.finish(jobs.ask("a", en_pt(), now), "b", now)
    jobs.ask("c", en_pt(), now)
    assert jobs.forget(now + jobs.KEPT + timedelta(days=1)) == 1
    assert Job.objects.get().text == "c"


def test_an_engine_of_a_class_that_is_not_allowed_is_none(settings: Any) -> None:
    assert [engine.data_class for engine in engines.installed()] == [DataClass.LOCAL]
    settings.IMI_TRANSLATION_CLASSES = ["external"]
    assert engines.installed() == []
    assert engines.route("en", "pt") is None


def test_without_models_there_is_no_engine(settings: Any, tmp_path: Path) -> None:
    settings.IMI_TRANSLATION_MODELS, settings.IMI_TRANSLATION_PACKAGE = tmp_path, False
    assert engines.installed() == []
    assert folders.models() == {}


# --- the process of its own ------------------------------------------------------------------------------------------


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(home=tmp_path, database=str(migrated.file_in(tmp_path)))
    yield made
    made.stop()


ASK = """
import django, sys; django.setup()
from django.utils import timezone
from imi.translation import chores, engines, jobs
from imi.translation.models import Job
{}
"""


def _in(made: Installation, code: str) -> str:
    command = [sys.executable, "-c", ASK.format(code)]
    environment = {**made.environment, "IMI_TRANSLATION_PACKAGE": "1", "DJANGO_SETTINGS_MODULE": "imi.site.settings"}
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_killed_process_loses_nothing(installation: Installation) -> None:
    environment = {**installation.environment, "IMI_TRANSLATION_PACKAGE": "1"}
    manage = [sys.executable, "-m", "imi.site"]
    text = "f'Tourist guides of region {n}. ' * 15"
    _in(installation, f"for n in range(15): jobs.ask({text}, engines.route('en', 'pt'), timezone.now())")
    states = "states = list(Job.objects.values_list('state', 'attempts'))"
    count = f"{states}; print(sum(state == 'done' for state, _ in states), states.count(('queued', 1)))"
    process = subprocess.Popen([*manage, "translate"], env=environment, cwd=ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and int(_in(installation, count).split()[0]) < 2:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done, in_hand = map(int, _in(installation, count).split())
    assert 2 <= done < 15
    assert in_hand <= 1
    _in(installation, "Job.objects.filter(attempts__gt=0, state='queued').update(due_at=timezone.now())")
    subprocess.run([*manage, "translate", "--idle=0.5"], env=environment, cwd=ROOT, check=True, timeout=120)
    assert _in(installation, count) == "15 0"


@pytest.mark.django_db
def test_the_worker_starts_a_process_only_if_there_is_something_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    class Process:
        pid = 1

        def __init__(self, command: list[str]) -> None:
            started.append(command)

        def poll(self) -> None:
            return None

    monkeypatch.setattr(chores.subprocess, "Popen", Process)
    monkeypatch.setattr(chores, "_running", [])
    now = timezone.now()
    chores.translate(now)
    assert started == []
    jobs.ask(TEXT, en_pt(), now)
    for _time in range(3):
        chores.translate(now)
    assert len(started) == 1
    assert started[0][-1] == f"--parent={os.getpid()}"
