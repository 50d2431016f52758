"""One case: a story with invented people, names and numbers filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from imi.core.compiled import Compiled
from imi.core.exchange import Exchange
from imi.training.chance import Dice, dice
from imi.training.world_files import Story, WorldFiles, in_language, stories_of


@dataclass(frozen=True)
class Case:
    """What an exchange is about; ``values`` are the names that recipes may use."""

    story: Story
    values: Mapping[str, str]
    dice: Dice

    def text(self, name: str, language: str) -> str:
        """A text of the story in a language, else in English; one of them where the story has several."""
        found = in_language(self.story.texts.get(name, {}), language) or ""
        return self.dice.choice(found) if isinstance(found, list) else str(found)


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """A template with its ``{names}`` replaced; an unknown one is left out."""
    return template.format_map(_Known(values))


def new_case(world: WorldFiles, story: Story, home: str, own: str, today: date, chance: Dice) -> Case:
    """A case of a story.

    Args:
        home: country of the authority that is asked; most of the people are from there.
        own: country of the authority that asks.
        today: the day on which the case begins; ages and years are counted from it.
    """
    known = sorted(world.names)
    settled = home if home in world.names else known[0]
    origin = settled if chance.random() < 0.75 else chance.choice(known)
    sex = chance.choice("fm")
    address = chance.choice(world.names[settled]["addresses"])
    born = today - timedelta(days=chance.randint(23 * 365, 62 * 365))
    values = {
        "given": chance.choice(world.names[origin]["given"][sex]),
        "family": chance.choice(world.names[origin]["family"][sex]),
        "birth": born.isoformat(),
        "graduated": str(min(born.year + chance.randint(20, 28), today.year - 1)),
        "company": chance.choice(world.names[settled]["companies"]),
        "street": address["street"],
        "city": address["city"],
        "number": f"{chance.randint(1000, 9999)}/{chance.randint(2012, today.year)}",
        "year": str(chance.randint(2012, today.year - 1)),
        "vat": f"{home}{chance.randint(10**8, 10**9 - 1)}",
        "home": home,
        "own": own,
        "origin": origin,
        "concept": story.concept,
        "list": story.list,
        "subject": story.subject,
        "basis": story.basis,
    }
    return Case(story, values, chance)


def case_of(world: WorldFiles, compiled: Compiled, state: Exchange, today: date) -> Case | None:
    """The case that fits an exchange which somebody else began; None if the files tell no story at all.

    The same exchange always gets the same case; what is told in it may differ from step to step.
    """
    throws = dice("case", state.number, state.seq)
    story = _likest(world.stories, compiled, state, dice("story", state.number))
    if story is None:
        return None
    opener, other = main_parties(compiled)
    home, own = (state.countries.get(party, "") for party in (other, opener))
    drawn = new_case(world, story, home, own, today, throws)
    concepts = [str(state.content[name]) for name in _concept_fields(compiled) if state.content.get(name)]
    return Case(story, {**drawn.values, **({"concept": concepts[0]} if concepts else {})}, throws)


def main_parties(compiled: Compiled) -> tuple[str, str]:
    """The party that opens exchanges, and the first other one that coordinates nobody."""
    opener = compiled.opening.by[0].party
    others = (one.id for one in compiled.lifecycle.parties if not one.coordinates and one.id != opener)
    return opener, next(others, opener)


def _concept_fields(compiled: Compiled) -> list[str]:
    return [name for name, field in compiled.field_by_name.items() if field.type == "concept"]


def _likest(stories: Iterable[Story], compiled: Compiled, state: Exchange, chance: Dice) -> Story | None:
    """The story with most of the exchange's questions, of the same matter before any other of the area."""
    area = compiled.definition.area.area
    asked = {item.question for item in state.items}
    concepts: set[Any] = {state.content.get(name) for name in _concept_fields(compiled)}
    told = stories_of(stories, area) or list(stories)
    chance.shuffle(told)
    return max(told, key=lambda one: (one.concept in concepts, len(asked & one.asks.keys())), default=None)
