"""Reads the files of the training world: countries, names, stories, plans, forms, phrases and threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORLD = Path(__file__).parent / "world"
ENGLISH = "en"

# The C reader takes half a second for what the other one needs eight for.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: ``party`` takes ``action``, ``after`` so many days (from, to)."""

    party: str
    action: str
    after: tuple[float, float] = (0.0, 0.0)
    chance: float = 1.0
    draft: bool = False
    part: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The life of an exchange; see ``plans.yaml`` for the meaning of each part."""

    id: str
    share: float
    rests: tuple[float, float]
    shown: bool
    needs: Mapping[str, Mapping[str, bool]]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans for the exchanges of one lifecycle."""

    plans: tuple[Plan, ...]
    detours: Mapping[str, Step]
    turns: Mapping[str, Mapping[str, str]]


NO_PLANS = Plans((), {}, {})


@dataclass(frozen=True, slots=True)
class Story:
    """What an exchange is about: its matter, its questions with their usual answers, and texts by language."""

    id: str
    area: str
    concept: str
    subject: str
    list: str
    basis: str
    asks: Mapping[str, Any]
    papers: tuple[str, ...]
    texts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Delegated:
    """A task that the national coordinator delegates; without area in all areas, without region in the country."""

    holder: str
    task: str
    area: str = ""
    region: str = ""


@dataclass(frozen=True)
class WorldFiles:
    """Everything the files say."""

    countries: Mapping[str, tuple[Mapping[str, Any], ...]]
    names: Mapping[str, Mapping[str, Any]]
    stories: tuple[Story, ...]
    forms: Mapping[str, Any]
    phrases: Mapping[str, Mapping[str, Any]]
    threads: Mapping[str, tuple[Mapping[str, Any], ...]]
    lifecycles: Mapping[str, Plans] = field(default_factory=dict)
    delegations: Mapping[str, tuple[Delegated, ...]] = field(default_factory=dict)
    outreach: Mapping[str, Any] = field(default_factory=dict)

    def plans(self, lifecycle: str) -> Plans:
        """The plans of a lifecycle; none for one that the files do not know."""
        return self.lifecycles.get(lifecycle, NO_PLANS)


@cache
def world_files() -> WorldFiles:
    """The files, read once per process."""
    countries = {file.stem: _read(file) for file in sorted((WORLD / "countries").glob("*.yaml"))}
    titles = {file.stem: _read(file) for file in sorted((WORLD / "titles").glob("*.yaml"))}
    return WorldFiles(
        countries={
            country: tuple(_in_more_languages(one, titles) for one in written["authorities"])
            for country, written in countries.items()
        },
        names=_read(WORLD / "names.yaml"),
        stories=tuple(map(_story, _read(WORLD / "stories.yaml")["stories"])),
        forms=_read(WORLD / "forms.yaml"),
        phrases=_read(WORLD / "phrases.yaml")["phrases"],
        threads={name: tuple(written) for name, written in _read(WORLD / "threads.yaml").items()},
        outreach=_read(WORLD / "outreach.yaml"),
        lifecycles={name: _plans(written) for name, written in _read(WORLD / "plans.yaml")["lifecycles"].items()},
        delegations={
            country: tuple(Delegated(**one) for one in written.get("delegations", ()))
            for country, written in countries.items()
        },
    )


def in_language(texts: Mapping[str, Any], language: str) -> Any:
    """The text in ``language``, else in English."""
    return texts.get(language) or texts.get(ENGLISH)


def stories_of(stories: Iterable[Story], area: str) -> list[Story]:
    """The stories that play in an area."""
    return [story for story in stories if story.area == area]


def _read(file: Path) -> Any:
    # The loader is a safe one; it is chosen above.
    return yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506


def _in_more_languages(written: Mapping[str, Any], titles: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    """An authority with what it and its registers are called also in the languages of ``titles/``.

    What its country's file says in a language counts before these.
    """

    def widened(texts: Mapping[str, str]) -> dict[str, str]:
        others = {language: known[texts[ENGLISH]] for language, known in titles.items() if texts.get(ENGLISH) in known}
        return {**others, **texts}

    registers = [{**one, "name": widened(one["name"])} for one in written.get("registers", ())]
    texts = {name: widened(written[name]) for name in ("informal", "description")}
    return {**written, **texts, "registers": registers}


def _story(written: Mapping[str, Any]) -> Story:
    return Story(
        id=written["id"],
        area=written["area"],
        concept=str(written.get("profession") or written["activity"]),
        subject=written["subject"],
        list=written.get("list", ""),
        basis=written["legal_basis"],
        asks=written["asks"],
        papers=tuple(written["attachment_names"]),
        texts={name: value for name, value in written.items() if isinstance(value, dict) and name != "asks"},
    )


def _plans(written: Mapping[str, Any]) -> Plans:
    return Plans(
        plans=tuple(map(_plan, written["plans"])),
        detours={state: _step(step) for state, step in written.get("detours", {}).items()},
        turns=written.get("turns", {}),
    )


def _plan(written: Mapping[str, Any]) -> Plan:
    return Plan(
        id=written["id"],
        share=float(written["share"]),
        rests=_span(written["rests"]),
        shown=bool(written.get("shown", False)),
        needs=written.get("needs", {}),
        steps=tuple(map(_step, written["steps"])),
    )


def _step(written: Mapping[str, Any]) -> Step:
    return Step(
        party=written["as"],
        action=written["do"],
        after=_span(written.get("after", (0, 0))),
        chance=float(written.get("chance", 1)),
        draft=bool(written.get("draft", False)),
        part=bool(written.get("part", False)),
    )


def _span(written: Iterable[float]) -> tuple[float, float]:
    low, high = written
    return float(low), float(high)
