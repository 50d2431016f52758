"""Runs every check and test and adds up what passed and failed; ``./imi test`` starts it."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgresql

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NOT_OURS = {"IMI_DATABASE", "IMI_TEST_HOME", "IMI_TEST_DATABASE"}


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


class Tally:
    """Counts what passed and failed over all parts of a run."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.beside = ThreadPoolExecutor()
        self.passed = self.failed = self.skipped = 0
        self.broken: list[str] = []

    def check(self, title: str, *command: str | Path) -> None:
        """Run a check that passes or fails as a whole; show what it says only when it fails."""
        self.begin(title, *command)()

    def begin(self, title: str, *command: str | Path) -> Callable[[], None]:
        """Begin such a check beside what follows; what is returned waits for its end and says how it went."""

        def run() -> tuple[subprocess.CompletedProcess[str], float]:
            started = time.monotonic()
            arguments = [str(part) for part in command]
            done = subprocess.run(arguments, env=self.variables, cwd=ROOT, capture_output=True, text=True, check=False)
            return done, time.monotonic() - started

        begun = self.beside.submit(run)

        def end() -> None:
            done, seconds = begun.result()
            say(f"\n── {title}")
            if done.returncode:
                say(done.stdout + done.stderr)
                self.broken.append(title)
            self.passed += not done.returncode
            self.failed += bool(done.returncode)
            say(f"   {'failed' if done.returncode else 'passed'}  {seconds:.1f} s")

        return end

    def pytest(self, title: str, *options: str, **variables: str) -> None:
        """Run pytest, show what it says while it runs, and add its counts."""
        started = time.monotonic()
        say(f"\n── {title}")
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--color=no", *options]
        environment = {**self.variables, **variables}
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        counts: dict[str, int] = {}
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if re.search(r"\b\d+ \w+.* in [\d.]+s", line):
                counts = {
                    word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", line)
                }
        code = process.wait()
        failed = counts.get("failed", 0) + counts.get("error", 0)
        if code not in (0, 5) and not failed:  # 5: nothing was selected, which is right for a narrow choice
            failed = 1
        self.passed += counts.get("passed", 0)
        self.skipped += counts.get("skipped", 0)
        self.failed += failed
        if failed:
            self.broken.append(title)
        say(f"   {time.monotonic() - started:.1f} s")

    def missing(self, title: str) -> None:
        """Count a part that could not be run as a failure: it has shown nothing."""
        say(f"\n── {title}")
        self.failed += 1
        self.broken.append(title)


def check_sources(tally: Tally) -> Callable[[], None]:
    """Run the checks that read the sources without running them; what is returned waits for the longest of them."""
    types = tally.begin("Types (mypy)", BIN / "mypy")
    tally.check("Style (ruff check)", BIN / "ruff", "check", ".")
    tally.check("Layout (ruff format)", BIN / "ruff", "format", "--check", ".")
    tally.check("Layers (import-linter)", BIN / "lint-imports")
    return types


def run_tests(tally: Tally, arguments: argparse.Namespace) -> None:
    """Run pytest on SQLite, in the browser and on PostgreSQL, as far as the arguments ask for it."""
    chosen = list(arguments.pytest)
    parallel = [] if chosen else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    if arguments.fast:
        tally.pytest("Tests", *parallel, "-m", "not slow and not browser", "--without-database", *chosen)
        return
    tally.pytest("Tests on SQLite", *parallel, "-m", "not browser", *chosen)
    tally.pytest("Tests in Chromium", *parallel, "-m", "browser", *chosen)
    if arguments.no_postgresql:
        say("\n── Tests on PostgreSQL: left out as asked")
        return
    with postgresql.server() as server:
        if server is None:
            tally.missing("Tests on PostgreSQL: NOT RUN, there is no PostgreSQL server on this machine")
            return
        options = [*parallel, "-m", "not browser", "--only-database", *chosen]
        tally.pytest("Tests on PostgreSQL", *options, IMI_TEST_DATABASE=server.url)


def main() -> int:
    """Run everything that the command line asks for; return 0 when all of it passed."""
    parser = argparse.ArgumentParser(prog="./imi test")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--no-postgresql", action="store_true")
    parser.add_argument("pytest", nargs="*")
    arguments = parser.parse_args()
    started = time.monotonic()
    tally = Tally({name: value for name, value in os.environ.items() if name not in NOT_OURS})
    end_of_checks = None if arguments.pytest else check_sources(tally)
    run_tests(tally, arguments)
    if end_of_checks is not None:
        end_of_checks()
    if tally.broken:
        say("\nFailed: " + "; ".join(tally.broken))
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    say(f"\n{tally.skipped} skipped, {minutes} min {seconds} s")
    say(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
