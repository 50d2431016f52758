"""The commands of ``./imi procedures``.

Exit codes: 0 all is well; 1 something was found (faults, a scenario that fails, texts that are missing); 2 the
command line was wrong. ``diff`` says by its code what the difference means: 0 none, wording or safe; 3 needs a
mapping; 4 forbidden.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from imi.catalogue import compare, po, scaffold, schema, show
from imi.catalogue.check import check_folder
from imi.catalogue.diagram import DiagramError, lifecycle_svg
from imi.catalogue.fault import CatalogueError, Fault
from imi.catalogue.interact import Session
from imi.catalogue.load import read_folder
from imi.catalogue.play import play_all, told
from imi.catalogue.registry import DEFAULT_FOLDER, Catalogue
from imi.catalogue.texts import SOURCE_LANGUAGE, domains
from imi.core.lint_rules.identity import UNFINISHED

FOUND = 1
WRONG_USE = 2


class UsageError(ValueError):
    """The command line names something that does not exist."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except CatalogueError as error:
        report(error.faults)
        return FOUND
    except (UsageError, scaffold.ScaffoldError, compare.CompareError, DiagramError) as error:
        complain(str(error))
        return WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has seen enough
        return 0
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    made = argparse.ArgumentParser(prog="./imi procedures", description="Look after the procedures.")
    made.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="the folder of procedures")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("list", list_procedures, "list the procedures")
    check = add("check", check_procedures, "name every fault with file, line, rule and cure")
    check.add_argument("id", nargs="*", help="area/procedure; everything if not given")
    check.add_argument("--no-languages", action="store_true", help="leave out missing translations")
    add("show", show_procedure, "describe a procedure").add_argument("id", help="area/procedure")
    diagram = add("diagram", draw, "draw a procedure's lifecycle")
    diagram.add_argument("id", help="area/procedure")
    diagram.add_argument("--svg", type=Path, help="the file to write; the terminal if not given")
    diagram.add_argument("--lang", default=SOURCE_LANGUAGE, help="the language of the texts")
    diagram.add_argument("--narrow", action="store_true", help="from top to bottom, for narrow screens")
    simulate = add("simulate", simulate_procedure, "play a procedure's scenarios, or play all parties yourself")
    simulate.add_argument("id", help="area/procedure")
    simulate.add_argument("scenario", nargs="?", help="a scenario; 'all' for every one; yourself if not given")
    diff = add("diff", show_difference, "compare two definitions and say what the difference means")
    diff.add_argument("before", help="a file, or area/procedure, or a stored version's hash in a folder of versions")
    diff.add_argument("after", help="likewise")
    diff.add_argument("--versions", type=Path, help="folder of stored definitions, <hash>.json")
    add("schema", write_schemas, "write the JSON Schemas for editors")
    new = add("new", make_procedure, "begin a new procedure")
    new.add_argument("id", help="area/procedure")
    new.add_argument("--lifecycle", help="the lifecycle to use")
    texts = add("texts", look_after_texts, "extract and update translation files; say how complete they are")
    texts.add_argument("--missing", metavar="LANG", help="list the texts that lack a translation, and change nothing")
    texts.add_argument("--languages", help="comma-separated; those that each area names if not given")
    return made


def say(lines: Iterable[str]) -> None:
    """Write lines to the terminal."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def complain(line: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(f"{line}\n")


def report(faults: list[Fault]) -> None:
    """Write faults, each on a line of its own."""
    say(str(fault) for fault in faults)


def _known(catalogue: Catalogue, name: str) -> str:
    """Return the full name of a procedure.

    Raises:
        UsageError: there is none of that name.
    """
    names = [definition.id for definition in catalogue.procedures()]
    if name not in names:
        raise UsageError(f"There is no procedure {name!r}. There are: {', '.join(names) or 'none'}.")
    return name


def list_procedures(options: argparse.Namespace) -> int:
    """List the procedures."""
    say(show.listing(Catalogue(options.folder).procedures()))
    return 0


def check_procedures(options: argparse.Namespace) -> int:
    """Name every fault."""
    faults = check_folder(options.folder, frozenset(options.id), translations=not options.no_languages)
    report(faults)
    errors = sum(fault.severity == "error" for fault in faults)
    notes = len(faults) - errors
    if errors:
        say([f"{errors} faults and {notes} notes. The rules are explained in docs/rules.md."])
        return FOUND
    say([f"No faults, {notes} notes."])
    return 0


def show_procedure(options: argparse.Namespace) -> int:
    """Describe a procedure."""
    catalogue = Catalogue(options.folder)
    say(show.summary(catalogue.get(_known(catalogue, options.id))))
    return 0


def draw(options: argparse.Namespace) -> int:
    """Draw a lifecycle."""
    catalogue = Catalogue(options.folder)
    name = _known(catalogue, options.id)
    lifecycle = catalogue.get(name).lifecycle
    wording = catalogue.wording(name, options.lang)
    picture = lifecycle_svg(lifecycle, wording, direction="TB" if options.narrow else "LR")
    if options.svg is None:
        say([picture])
    else:
        options.svg.write_text(picture + "\n", encoding="utf-8")
        say([f"Written: {options.svg}"])
    return 0


def simulate_procedure(options: argparse.Namespace) -> int:
    """Play scenarios, or let a person play."""
    catalogue = Catalogue(options.folder)
    name = _known(catalogue, options.id)
    if options.scenario is None:
        Session(catalogue.get(name), input, lambda line: say([line])).run()
        return 0
    played = [
        one
        for one in play_all(catalogue.joined(name), catalogue.get(name))
        if options.scenario in (one.scenario.id, "all")
    ]
    if not played:
        raise UsageError(f"{name!r} has no scenario {options.scenario!r}.")
    for one in played:
        say([f"{'passed' if one.result.ok else 'FAILED'}  {one.scenario.id}: {one.scenario.title}"])
        for step in one.result.steps:
            say([f"  {'ok ' if step.ok else 'NOT'} {told(one.scenario.steps[step.index])}"])
            say(f"      {mismatch}" for mismatch in step.mismatches)
    return 0 if all(one.result.ok for one in played) else FOUND


def show_difference(options: argparse.Namespace) -> int:
    """Compare two definitions."""
    before = compare.definition(options.before, options.folder, options.versions)
    after = compare.definition(options.after, options.folder, options.versions)
    changes = compare.diff(before, after)
    say(compare.described(changes))
    return compare.exit_code(changes)


def write_schemas(options: argparse.Namespace) -> int:
    """Write the schemas."""
    changed = schema.write(options.folder)
    say([f"Written: {file}" for file in changed] or ["The schemas are up to date."])
    return 0


def make_procedure(options: argparse.Namespace) -> int:
    """Begin a new procedure."""
    written = scaffold.scaffold(read_folder(options.folder), options.id, options.lifecycle)
    say(f"Written: {file}" for file in written)
    say([f"Replace what begins with {UNFINISHED}, then: ./imi procedures check {options.id}"])
    return 0


def look_after_texts(options: argparse.Namespace) -> int:
    """Update translation files, or list what is missing."""
    folder = read_folder(options.folder)
    chosen = tuple(options.languages.split(",")) if options.languages else None
    if options.missing:
        wanting = [
            (domain.name, context, text)
            for domain in domains(folder)
            for context, text in po.missing(domain, options.missing)
        ]
        say(f"{name}: {context}: {text}" for name, context, text in wanting)
        say([f"{len(wanting)} texts have no translation into {options.missing!r}."])
        return FOUND if wanting else 0
    if folder.faults:
        # A file that cannot be read has no texts; updating now would drop its translations.
        raise CatalogueError(folder.faults)
    rows: list[tuple[str, ...]] = [("Texts of", "Language", "All", "Translated", "Changed", "Missing", "Unreviewed")]
    for domain in domains(folder):
        for lang in chosen or domain.languages:
            if lang != SOURCE_LANGUAGE:
                done = po.update(domain, lang)
                counts = (done.total, done.translated, done.changed, done.missing, done.unreviewed)
                rows.append((done.domain, lang, *map(str, counts)))
    say(show.table(rows))
    return 0
