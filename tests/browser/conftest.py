"""A real site for the browser: web server, worker with counterparts, and a training world of two countries."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import migrated
from tests.faults.installation import ROOT, Installation

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COUNTRIES = "HU,PT"


class TrainingSite(Installation):
    """An installation in training mode."""

    @property
    def environment(self) -> dict[str, str]:
        """As in any installation, with the training world and its counterparts switched on."""
        return {**super().environment, "IMI_TRAINING": "1", "IMI_COUNTERPARTS": "1", "IMI_URL": self.url}

    @property
    def url(self) -> str:
        """Where the site answers."""
        return f"http://localhost:{self.port}"

    def manage(self, *command: str) -> None:
        """Run a management command to its end."""
        subprocess.run([sys.executable, "-m", "imi.site", *command], env=self.environment, cwd=ROOT, check=True)

    def build(self) -> None:
        """From a migrated database to a world."""
        self.manage("publish_procedures")
        self.manage("build_training_world", f"--countries={COUNTRIES}", "--exchanges=40")


@pytest.fixture(scope="session")
def training_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a site on which nobody has been: built by the first worker of a run, copied by the others."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    built = shared / "training-built"
    with (shared / "training-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            unfinished = shared / "training-unfinished"
            unfinished.mkdir()
            TrainingSite(home=unfinished, database=str(migrated.file_in(unfinished))).build()
            unfinished.rename(built)
    return built


@pytest.fixture(scope="session")
def training(training_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingSite]:
    """The running site, shared by all browser tests of a worker."""
    home = Path(shutil.copytree(training_home, tmp_path_factory.mktemp("training") / "home"))
    site = TrainingSite(home=home, database=str(home / "imi.sqlite3"))
    try:
        site.start_web()
        site.start_worker()
        yield site
    finally:
        site.stop()


def _leave(page: Page, language: str) -> None:
    """Give the person the language back, and sign out: counterparts keep their hands off an authority until then."""
    page.goto("/help/")
    if page.locator("html").get_attribute("lang") != language:
        page.locator("details.imi-language summary").click()
        page.locator(f"details.imi-language button[value='{language}']").click()
        page.wait_for_load_state()
    button = page.locator("form[action$='sign-out'] button")
    if button.count():
        button.first.click()


@pytest.fixture
def become(training: TrainingSite, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own and become somebody; faults of scripts and of the security policy fail the test."""
    contexts: list[tuple[Any, str]] = []
    faults: list[str] = []

    def somebody(name: str, width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, base_url=training.url, java_script_enabled=scripts
        )
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto("/training/")
        page.locator("#text").fill(name)
        page.locator("#text").press("Enter")
        page.locator("form[action*='become'] button").first.click()
        page.wait_for_url("**/")
        contexts.append((context, page.locator("html").get_attribute("lang") or ""))
        return page

    yield somebody
    for context, language in contexts:
        _leave(context.pages[0], language)
        context.close()
    assert [fault for fault in faults if "status of 4" not in fault] == []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Let axe read a page; one violation fails the test and says which."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
        wrong = [
            f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found.response["violations"]
        ]
        assert wrong == [], f"{page.url}\n" + "\n".join(wrong)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{page.url} scrolls sideways by {width} px"

    return check
