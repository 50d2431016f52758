"""The engine that is built in: Bergamot models read by ``fxtranslate``, in this process, over English if need be.

A translator belongs to the thread that made it; from another one it panics. So this is used by the process for
translations only (:mod:`imi.translation.work`), and never by the web server.
"""

from __future__ import annotations

from collections import OrderedDict
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from imi.translation import folders, protection
from imi.translation.engine import LONGEST, PIVOT, DataClass, Route, Untranslatable
from imi.translation.folders import BadModels, Found

if TYPE_CHECKING:
    from fxtranslate import Translator

NAME = "fxtranslate"
_KEPT = 4
"""Models in memory at once, some 45 MB each."""

_LONGER = 4.0
"""Times as long as the text: such a translation has run away and repeats itself."""


class Bergamot:
    """Translates with the models of the folder."""

    name = NAME
    data_class = DataClass.LOCAL

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[str, str], Translator] = OrderedDict()

    def installed(self) -> bool:
        """Whether the library and at least one model are there."""
        try:
            return find_spec(NAME) is not None and bool(folders.models())
        except BadModels:
            return False

    def route(self, source: str, target: str) -> Route | None:
        """By the model of the pair, or by two over English."""
        present = folders.models()
        if source == target:
            return None
        direct = present.get((source, target))
        if direct is not None:
            return Route(NAME, _version(direct), source, target)
        first, second = present.get((source, PIVOT)), present.get((PIVOT, target))
        if first is None or second is None:
            return None
        return Route(NAME, _version(first, second), source, target, PIVOT)

    def translate(self, text: str, route: Route) -> str:
        """Translate line by line, so that paragraphs stay; what is protected is checked to have come through.

        Raises:
            Untranslatable: a model is missing or not what it must be, the text is too long, or the result is no good.
        """
        if len(text) > LONGEST:
            raise Untranslatable("too_long")
        masked = protection.mask(text)
        done = masked.text
        for source, target in _legs(route):
            translator = self._translator(source, target)
            done = "\n".join(translator.translate_long(line) if line.strip() else "" for line in done.splitlines())
        result = protection.unmask(done, masked).strip()
        if not result or len(result) > _LONGER * len(text) + 40:
            raise Untranslatable("poor")
        return result

    def _translator(self, source: str, target: str) -> Translator:
        kept = self._loaded.get((source, target))
        if kept is None:
            found = folders.models().get((source, target))
            if found is None:
                raise Untranslatable("unsupported_pair")
            try:
                kept = _load(found)
            except (BadModels, ValueError) as error:
                raise Untranslatable("bad_model") from error
            self._loaded[source, target] = kept
        self._loaded.move_to_end((source, target))
        while len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return kept


def _legs(route: Route) -> list[tuple[str, str]]:
    if not route.via:
        return [(route.source, route.target)]
    return [(route.source, route.via), (route.via, route.target)]


def _load(found: Found) -> Translator:
    from fxtranslate import Translator  # here: only the process for translations pays for it

    entry = found.entry
    vocabulary = found.read(entry.vocabulary)
    other = found.read(entry.target_vocabulary) if entry.target_vocabulary else vocabulary
    shortlist = found.read(entry.shortlist) if entry.shortlist else None
    return Translator(found.read(entry.model), vocabulary, other, shortlist)


def _version(*models: Found) -> str:
    """The library and the models, so that a translation by others is made anew."""
    try:
        library = version(NAME)
    except PackageNotFoundError:
        library = ""
    return " ".join([library, *(one.entry.version for one in models)])[:80]
