"""Fills in forms as the people of the training world would, by the recipes of ``forms.yaml``.

What no recipe tells and the procedure demands is taken from the engine's samples, so that a procedure which nobody
has written recipes for can be lived as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from imi.accounts.models import User
from imi.core import context
from imi.core.compiled import Compiled
from imi.core.deadlines import is_overdue
from imi.core.definition import Action, FormField, Question
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.core.forms import shown_fields
from imi.core.questions import open_questions
from imi.core.samples import sample_form
from imi.core.values import is_empty
from imi.training.case import Case, fill_in
from imi.training.cast import Cast
from imi.training.papers import paper
from imi.training.world_files import WorldFiles, in_language

MOST_ASKED = 5


@dataclass
class Writer:
    """One person who fills in one form."""

    world: WorldFiles
    cast: Cast
    compiled: Compiled
    action: Action
    party: str
    user: User
    state: Exchange | None
    case: Case
    now: datetime
    chosen: Mapping[str, Any] = field(default_factory=dict)  # fields whose value is settled, e.g. the recipient
    papers: list[dict[str, Any]] = field(default_factory=list)

    def form(self, unfinished: bool = False) -> dict[str, Any]:
        """The data of the form.

        Args:
            unfinished: a form that is begun and kept; it has no documents and not all answers.
        """
        facts = self._facts()
        fields = self.compiled.fields[self.action.id]
        data = self._before()
        for one in fields:
            value = self.chosen.get(one.id, self._field(one, facts, unfinished))
            if not is_empty(value):
                data[one.id] = value
        data.update(self._documents(fields, unfinished))
        if unfinished:
            return self._shown(data, facts)
        return sample_form(
            self.compiled, self.action, self.state, facts, self.user.authority_id, self._shown(data, facts)
        )

    def _facts(self) -> Facts:
        held = {one for holders in self.state.parties.values() for one in holders} if self.state else set()
        return self.cast.facts(self.compiled, {self.user.authority_id, *held}, self.now)

    def _shown(self, data: dict[str, Any], facts: Facts) -> dict[str, Any]:
        values = context.values(self.compiled, self.state, facts, self.party, self.user.authority_id)
        shown = {one.id for one in shown_fields(self.compiled, self.action, values, data)}
        return {name: value for name, value in data.items() if name in shown}

    def _before(self) -> dict[str, Any]:
        """What the exchange says already, where the form changes it."""
        if self.action.into != "content" or self.state is None or not self.state.content:
            return {}
        asked = [asdict(item) for item in self.state.items]
        questions = (one.id for one in self.compiled.fields[self.action.id] if one.type == "questions")
        held = {name: self.state.parties[party][0] for party, name in self.action.effects.set_party.items()}
        return {**self.state.content, **held, **dict.fromkeys(questions, asked)}

    # --- fields ----------------------------------------------------------------------------------------------------

    def _field(self, one: FormField, facts: Facts, unfinished: bool) -> Any:
        if self.state is not None and self.state.content and self.action.into == "content":
            # A request that is changed keeps what it says but for what the action's own recipe touches lightly.
            recipe = self._own_recipes().get(one.id)
            return self._cook(recipe, one) if isinstance(recipe, dict) and "near" in recipe else None
        match one.type:
            case "questions":
                return self._questions()
            case "answers":
                return self._answers(unfinished)
            case "items":
                asked = [item.question for item in self.state.items] if self.state else []
                return asked[(len(asked) + 1) // 2 :]
            case "colleagues":
                fitting = sorted(facts.colleagues.get(self.user.authority_id, ()), key=int)
                return self.case.dice.sample(fitting, min(len(fitting), self.case.dice.choice((1, 1, 2))))
            case "authority":
                return self._authority(one)
            case "files":
                return None
            case _:
                recipes = self._own_recipes()
                return self._cook(recipes.get(one.id, self.world.forms["fields"].get(one.id)), one)

    def _own_recipes(self) -> Mapping[str, Any]:
        return self.world.forms["actions"].get(self.action.id, {})

    def _authority(self, one: FormField) -> str | None:
        area, concept = self.compiled.definition.area.area, self.case.values["concept"]
        if one.other_country_than:
            country = self.cast.members[self.user.authority_id].country
            found = [other for other in self.cast.competent(area, concept) if other.country != country]
        else:
            found = self.cast.neighbours(self.user.authority_id, area, concept)
        held = {authority for holders in self.state.parties.values() for authority in holders} if self.state else set()
        fitting = [other.id for other in found if other.id not in held]
        return self.case.dice.choice(fitting) if fitting else None

    def _documents(self, fields: tuple[FormField, ...], unfinished: bool) -> dict[str, Any]:
        target = next((one.id for one in fields if one.type == "files"), None)
        if target is None or unfinished:
            return {}
        chance = self._document_rule().get("chance", 0)
        if not self.papers and self.case.dice.random() < chance:
            self._paper()
        return {target: self.papers} if self.papers else {}

    def _document_rule(self) -> Mapping[str, Any]:
        return self.world.forms["documents"].get(self.action.id, {})

    def _paper(self) -> str:
        """Make a document of the story or the action and return its id; a second one in the same form is another."""
        names = self._document_rule().get("names", self.case.story.papers)
        values = self.case.values
        lines = (f"No {values['number']}", values["city"])
        made = paper(names[len(self.papers) % len(names)], lines, self.user.pk, self.user.authority_id, self.now)
        self.papers.append(made)
        return str(made["id"])

    # --- questions and answers -------------------------------------------------------------------------------------

    def _questions(self) -> list[dict[str, Any]]:
        asked = [one for one in self.case.story.asks if one in self.compiled.questions][:MOST_ASKED]
        if len(asked) > 2 and self.case.dice.random() < 0.4:
            asked.remove(self.case.dice.choice(asked))
        return [{"question": one, "placeholders": self._gaps(one), "comment": ""} for one in asked]

    def _gaps(self, question: str) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for gap in self.compiled.gaps[question]:
            placeholder = self.compiled.placeholders[gap]
            match placeholder.type:
                case "attachment":
                    filled[gap] = self.papers[0]["id"] if self.papers else self._paper()
                case "country" | "country_other":
                    filled[gap] = self.case.values["origin"]
                case "subject":
                    continue
                case _:
                    filled[gap] = self._cook(self.world.forms["placeholders"].get(gap, "{number}"), None)
        return filled

    def _answers(self, unfinished: bool) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        items = self.state.items if self.state else ()
        if unfinished:
            items = items[: (len(items) + 1) // 2]
        while missing := [one for one, _, _ in open_questions(self.compiled, items, answers) if one.id not in answers]:
            answers.update({question.id: self._answer(question, unfinished) for question in missing})
        return answers

    def _answer(self, question: Question, unfinished: bool) -> dict[str, Any]:
        remarks = self.world.forms["remarks"]
        reasons = [one for one in self.compiled.cannot_say_reasons if one != "other"]
        if question.cannot_say and reasons and self.case.dice.random() < remarks["chance_of_cannot_say"]:
            return {"cannot_say": reasons[0], "remark": self._cook(remarks["cannot_say"], None)}
        if question.answer == "file" and unfinished:
            return {}
        value = "attached" if question.answer == "file" else self._answer_value(question)
        said = set(value) if isinstance(value, list) else {str(value)}
        answer: dict[str, Any] = {"value": value}
        if question.remark == "required" or said & set(question.remark_on):
            answer["remark"] = self._cook(remarks["on_answer"], None)
        needs_file = question.attachment == "required" or bool(said & set(question.attachment_on))
        if (question.answer == "file" or needs_file) and not unfinished:
            answer["attachments"] = [self._paper()]
        return answer

    def _answer_value(self, question: Question) -> Any:
        usual = self.case.story.asks.get(question.id)
        if usual is not None:
            return usual
        recipe = self.world.forms["answers"].get(question.id)
        if recipe is None and question.options:
            options = [option.id for option in question.options]
            return options[:2] if question.answer == "choices" else options[0]
        if recipe is None:
            recipe = self.world.forms["answer_types"][question.answer]
        return self._cook(recipe, None)

    # --- recipes ---------------------------------------------------------------------------------------------------

    def _cook(self, recipe: Any, one: FormField | None) -> Any:
        """The value that a recipe makes; None where the field stays empty."""
        if recipe is None:
            return None
        value = fill_in(recipe, self.case.values) if isinstance(recipe, str) else self._cook_by_kind(recipe, one)
        if isinstance(value, str) and one is not None and one.type == "number":
            return self._within(int(value), one) if value.isdecimal() else None
        if isinstance(value, str) and one is not None and one.max_length:
            return value[: one.max_length]
        if isinstance(value, int) and not isinstance(value, bool) and one is not None:
            return self._within(value, one)
        return value

    def _cook_by_kind(self, recipe: Mapping[str, Any], one: FormField | None) -> Any:
        kinds: dict[str, Callable[[Any], Any]] = {
            "value": lambda value: value,
            "story": lambda name: self.case.text(name, self.user.language),
            "phrase": self._phrase,
            "pick": lambda options: self._cook(self.case.dice.choice(options), one),
            "chance": lambda share: self._cook(recipe["of"], one) if self.case.dice.random() < share else None,
            "near": lambda name: self._near(name, recipe["plus"]),
            "late": lambda late: self._cook(late if self._was_late() else recipe["in_time"], one),
            "day": self._day,
            "period": lambda ends: {"from": self._day(ends[0]), "to": self._day(ends[1])},
            "number": lambda span: self.case.dice.randint(*span),
            "amount": lambda span: {"amount": f"{self.case.dice.randint(*span)}.00", "currency": "EUR"},
            "rows": lambda fields: self._rows(fields, recipe["count"]),
        }
        kind = next(name for name in kinds if name in recipe)
        return kinds[kind](recipe[kind])

    def _phrase(self, name: str) -> str:
        return fill_in(in_language(self.world.phrases[name], self.user.language), self.case.values)

    def _near(self, name: str, changes: list[int]) -> int:
        known = self.state.content.get(name) if self.state else None
        return max(1, (known if isinstance(known, int) else 14) + self.case.dice.choice(changes))

    def _day(self, span: list[int]) -> str:
        return (self.now.date() + timedelta(days=self.case.dice.randint(*span))).isoformat()

    def _rows(self, fields: Mapping[str, Any], count: list[int]) -> list[dict[str, Any]]:
        """Rows about different people of the same country."""
        names = self.world.names[self.case.values["origin"]]
        rows = []
        for _ in range(self.case.dice.randint(*count)):
            sex = self.case.dice.choice("fm")
            person = {part: self.case.dice.choice(names[part][sex]) for part in ("given", "family")}
            values = {**self.case.values, **person}
            rows.append(
                {
                    name: fill_in(recipe, values) if isinstance(recipe, str) else self._cook(recipe, None)
                    for name, recipe in fields.items()
                }
            )
        return rows

    def _was_late(self) -> bool:
        """Whether the other side missed one of its deadlines."""
        due = self.state.deadlines.values() if self.state else ()
        return any(
            datetime.fromisoformat(one.met) > one.due_instant if one.met else is_overdue(one, self.now) for one in due
        )

    def _within(self, value: int, one: FormField) -> int:
        """A number between the limits of its field and, for a term, of the deadlines that it sets."""
        highest = [one.max] if one.max is not None else []
        if one.type == "days":
            effects = self.action.effects
            sources = {**effects.start, **effects.restart}
            named = [name for name, source in sources.items() if source == one.id]
            if effects.propose:
                named += [
                    name
                    for action in self.compiled.lifecycle.actions
                    for name, source in action.effects.restart.items()
                    if source == f"proposal.{one.id}"
                ]
            limits = (self.compiled.deadlines[name].max for name in named)
            highest += [limit for limit in limits if limit is not None]
        return max(one.min or value, min([value, *highest]))
