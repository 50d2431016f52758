"""Lists, adds and verifies the models of machine translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.translation import folders
from imi.translation.folders import BadModels


class Command(BaseCommand):
    """``translation_models list | add SOURCE TARGET FOLDER --hashes FILE | verify``."""

    help = "List, add or verify the models of machine translation."

    def add_arguments(self, parser: CommandParser) -> None:
        """One word for each thing to do."""
        todo = parser.add_subparsers(dest="todo", required=True)
        todo.add_parser("list", help="which pairs are installed")
        todo.add_parser("verify", help="read every file and compare its hash with the manifest")
        add = todo.add_parser("add", help="copy the model of a pair into the folder of models")
        add.add_argument("source", help="code of the language from which it translates")
        add.add_argument("target", help="code of the language into which it translates")
        add.add_argument("folder", type=Path, help="where its files lie, not packed")
        add.add_argument("--hashes", type=Path, required=True, help="what the publisher says, as sha256sum writes it")
        add.add_argument("--model-version", default="", help="as the publisher calls it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of them."""
        try:
            match options["todo"]:
                case "list":
                    self._list()
                case "verify":
                    self._verify()
                case _:
                    self._add(options)
        except (BadModels, OSError) as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        present = folders.models()
        if not present:
            self.stdout.write("no models are installed")
        for (source, target), found in sorted(present.items()):
            self.stdout.write(f"{source}-{target}  {found.entry.version}  {found.folder}")

    def _verify(self) -> None:
        wrong = folders.faults()
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} files are not what they must be")
        self.stdout.write(f"{len(folders.models())} models are as their manifest says")

    def _add(self, options: dict[str, Any]) -> None:
        expected = hashes(options["hashes"].read_text(encoding="utf-8"))
        version = options["model_version"] or options["folder"].name
        entry = folders.add(options["source"], options["target"], options["folder"], version, expected)
        self.stdout.write(f"{entry.source}-{entry.target}: {len(entry.files())} files added")


def hashes(text: str) -> dict[str, str]:
    """The hashes of files by name, from lines as ``sha256sum`` writes them."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {Path(parts[1].lstrip("*")).name: parts[0].lower() for parts in pairs if len(parts) == 2}
