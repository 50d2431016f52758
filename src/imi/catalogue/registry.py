"""The procedures of a folder, ready to run and to show."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from imi.catalogue.fault import CatalogueError
from imi.catalogue.load import Folder, Joined, read_folder
from imi.catalogue.texts import SOURCE_LANGUAGE, Translations, Wording
from imi.core.compiled import Compiled, DefinitionError, compile_definition
from imi.core.definition import Area, Definition, Lifecycle
from imi.core.lint_rules.conditions import condition_path
from imi.core.wording import content_hash, texts

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "procedures"


class Catalogue:
    """Everything a folder of procedures holds.

    Reading and joining happens at once, compiling and translating when first asked for. An instance never looks at
    the files again; to see changes, make a new one.
    """

    def __init__(self, folder: Path = DEFAULT_FOLDER, cache_folder: Path | None = None) -> None:
        """Read ``folder``.

        Args:
            folder: the folder of procedures.
            cache_folder: where compiled translations are kept; without it they are compiled anew in every process.

        Raises:
            CatalogueError: a file cannot be read or does not fit the language. Whether the procedures are fit for
                publication is a question for :func:`imi.catalogue.check.check_folder`.
        """
        self._folder = read_folder(folder)
        if self._folder.faults:
            raise CatalogueError(self._folder.faults)
        self._joined = {joined.definition.id: joined for joined in self._folder.joined()}
        self._translations = Translations(self._folder, cache_folder)
        # Kept per instance: the caches die with it.
        self.get = cache(self._compile)
        self.wording = cache(self._wording)

    @property
    def folder(self) -> Folder:
        """The files, for tools."""
        return self._folder

    def procedures(self) -> tuple[Definition, ...]:
        """All definitions, in order of area and procedure."""
        return tuple(joined.definition for joined in self._joined.values())

    def areas(self) -> tuple[Area, ...]:
        """All policy areas, also those without a procedure."""
        return tuple(area.area.model for area in self._folder.areas.values() if area.area.model)

    def lifecycles(self) -> tuple[Lifecycle, ...]:
        """All lifecycles."""
        return tuple(source.model for source in self._folder.lifecycles.values() if source.model)

    def joined(self, procedure: str) -> Joined:
        """Return a definition with its files.

        Raises:
            KeyError: there is no procedure of that full name.
        """
        return self._joined[procedure]

    def _compile(self, procedure: str) -> Compiled:
        """Return a definition ready to run, compiled once.

        Args:
            procedure: the full name, ``area/procedure``.

        Raises:
            KeyError: there is no procedure of that full name.
            CatalogueError: one of its conditions is not understood.
        """
        joined = self._joined[procedure]
        try:
            return compile_definition(joined.definition, content_hash(joined.definition))
        except DefinitionError as error:
            part, *path = condition_path(joined.definition, error.where)
            fault = joined.source(str(part)).tree.fault(tuple(path), "expression-type", error.message, "Correct it.")
            raise CatalogueError([fault]) from error

    def _wording(self, procedure: str, lang: str) -> Wording:
        """Return the texts of a procedure in a language, read once; never raises for a language."""
        return self._translations.wording(self._joined[procedure], lang)

    def all_texts(self, procedure: str) -> dict[str, dict[str, str]]:
        """Return language to key to text: English, and each language of the area with the translations it has.

        This is what a published definition is stored with, so that an older version keeps its own words.
        """
        definition = self._joined[procedure].definition
        found = {SOURCE_LANGUAGE: texts(definition)}
        for lang in definition.area.languages:
            if lang != SOURCE_LANGUAGE:
                found[lang] = self.wording(procedure, lang).as_mapping()
        return found
