"""The question picker: questions by category and topic, the chosen ones with their gaps to fill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from imi.core.definition import Placeholder, Question
from imi.core.questions import FROM_SUBJECT
from imi.core.refusal import FieldError
from imi.web.requests import choices, concepts
from imi.web.requests.choices import Choice
from imi.web.requests.fields import Ask, Control, DrawnForm, Place
from imi.web.requests.scene import Scene, Sent, id_of, name_of
from imi.web.requests.sentences import pieces, sentence


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a question's sentence: words, a gap that was named before, or a gap to fill with an input."""

    text: str = ""
    label: str = ""
    name: str = ""  # of the input; empty where there is none
    id: str = ""
    kind: str = ""
    value: str = ""
    scheme: str = ""
    options: tuple[Choice, ...] = ()


@dataclass(slots=True)
class Picked:
    """A chosen question: its own sentence, then those that an answer may open, each with its depth."""

    id: str
    article: str
    lines: list[tuple[int, str, list[Gap]]]  # depth, the answers that open it, the sentence
    comment: str
    comment_name: str
    comment_id: str
    drop: str
    help: str
    errors: list[str] = field(default_factory=list)
    hidden: bool = False  # not among the questions offered now, so its tick must be carried along


@dataclass(frozen=True, slots=True)
class Offered:
    """A question that may be ticked."""

    id: str
    text: str
    article: str
    ticked: bool
    follow_ups: tuple[tuple[int, str, str], ...]


@dataclass(slots=True)
class Topic:
    """A heading with its questions."""

    title: str
    questions: list[Offered]


@dataclass(slots=True)
class Category:
    """A category of the picker."""

    id: str
    title: str
    topics: list[Topic]
    ticked: int
    total: int


class Questions(Control):
    """Which questions are asked."""

    drawn_as = "questions"

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene) -> None:
        super().__init__(asked, path, scene)
        self.name = name_of(*path)
        self.order_name = name_of(*path, "order")
        self.more = "pick:" + "--".join(path)
        self.picked: list[Picked] = []
        self.categories: list[Category] = []

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, sent: Sent) -> Any:
        """The ticked questions, those chosen before in their order, with what fills their gaps."""
        ticked = dict.fromkeys(sent.many(*self.path))
        order = [one for one in sent.many(*self.path, "order") if one in ticked]
        dropped = sent.button.removeprefix("drop:") if sent.button.startswith("drop:") else ""
        chosen = [one for one in dict.fromkeys([*order, *ticked]) if one != dropped]
        read = [self._read_one(one, sent) for one in chosen]
        self._fill_alike(read)
        return read

    def _read_one(self, question: str, sent: Sent) -> dict[str, Any]:
        given = {}
        for gap in self._gaps(question):
            typed = sent.one(*self.path, question, gap.id)
            given[gap.id] = concepts.resolve(typed, gap.scheme, self.scene.language) if gap.scheme and typed else typed
        return {"question": question, "placeholders": given, "comment": sent.text(*self.path, question, "comment")}

    def _fill_alike(self, read: list[dict[str, Any]]) -> None:
        """What fills a gap of one question fills the same gap of a question just added."""
        known: dict[str, str] = {}
        for one in read:
            known.update({gap: value for gap, value in one["placeholders"].items() if value})
        content = {**self.scene.viewing.shown.content, **self.scene.data}
        for name, about in self.scene.compiled.field_by_name.items():
            if about.type == "concept" and content.get(name):
                for gap in self.scene.compiled.placeholders.values():
                    if gap.type == "concept" and gap.scheme == about.scheme:
                        known.setdefault(gap.id, str(content[name]))
        for one in read:
            for gap, value in one["placeholders"].items():
                if not value and gap in known:
                    one["placeholders"][gap] = known[gap]

    def _family(self, question: str, depth: int = 0, opened_by: str = "") -> Iterator[tuple[int, str, Question]]:
        """A question and those that answers to it open: depth, the opening answers in words, the question."""
        asked = self.scene.compiled.questions.get(question)
        if asked is None:
            return
        yield depth, opened_by, asked
        for follow_up in self.scene.compiled.follow_ups.get(question, ()):
            on = follow_up.follows.on if follow_up.follows else ()
            answers = ", ".join(self.scene.words.question_option(asked, one) for one in on)
            yield from self._family(follow_up.id, depth + 1, answers)

    def _gaps(self, question: str) -> list[Placeholder]:
        known = self.scene.compiled.placeholders
        needed = self.scene.compiled.gaps.get(question, ())
        return [known[gap] for gap in needed if gap in known and known[gap].type != FROM_SUBJECT]

    # --- drawing -----------------------------------------------------------------------------------------------------

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Lay out the chosen questions and the offer."""
        chosen = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        ids = [str(one.get("question")) for one in chosen]
        for one in chosen:
            for gap in self._gaps(str(one.get("question"))):
                if gap.type == "concept":
                    self.scene.concepts.want(gap.scheme, (one.get("placeholders") or {}).get(gap.id))
        offered = [one for one in self.scene.compiled.questions.values() if self._fits(one)]
        seen = {one.id for one in offered}
        self.categories = self._categories(offered, frozenset(ids))
        self.picked = [
            self._picked(one, hidden=str(one.get("question")) not in seen)
            for one in chosen
            if str(one.get("question")) in self.scene.compiled.questions
        ]

    def _fits(self, question: Question) -> bool:
        """Whether a question belongs to the chosen list and concept; follow-up questions stand under their own."""
        if question.follows is not None:
            return False
        lists = [
            self.scene.data.get(one.id)
            for one in self.scene.compiled.fields[self.scene.action.id]
            if one.options_from == "question_lists" and self.scene.data.get(one.id)
        ]
        if lists and question.lists and not set(lists) & set(question.lists):
            return False
        return not question.concepts or self._concept_fits(question)

    def _concept_fits(self, question: Question) -> bool:
        """A concept fits if it is the same, a part of it, or the group above it; none chosen leaves all."""
        fields = self.scene.compiled.field_by_name.values()
        given = [
            str(self.scene.data[one.id]) for one in fields if one.type == "concept" and self.scene.data.get(one.id)
        ]
        return not given or any(
            code.startswith(wanted) or wanted.startswith(code) for code in given for wanted in question.concepts
        )

    def _categories(self, offered: list[Question], ticked: frozenset[str]) -> list[Category]:
        asked = self.scene.compiled.definition.questions
        found = []
        for category in asked.categories if asked else ():
            inside = [one for one in offered if one.category == category.id]
            if not inside:
                continue
            topics = [
                Topic(
                    self.scene.words.topic(category.id, topic) if topic else "",
                    [self._offer(one, ticked) for one in own],
                )
                for topic in ("", *(one.id for one in category.topics))
                if (own := [one for one in inside if (one.topic or "") == topic])
            ]
            found.append(
                Category(
                    id=f"{self.id}--{category.id}",
                    title=self.scene.words.category(category.id),
                    topics=topics,
                    ticked=sum(one.id in ticked for one in inside),
                    total=len(inside),
                )
            )
        return found

    def _offer(self, question: Question, ticked: frozenset[str]) -> Offered:
        words, names = self.scene.words, self.scene.concepts
        family = list(self._family(question.id))
        return Offered(
            id=question.id,
            text=sentence(question, {}, words, names, {}),
            article=question.article,
            ticked=question.id in ticked,
            follow_ups=tuple((depth, on, sentence(one, {}, words, names, {})) for depth, on, one in family[1:]),
        )

    def _picked(self, chosen: dict[str, Any], hidden: bool) -> Picked:
        question = self.scene.compiled.questions[str(chosen["question"])]
        given = chosen.get("placeholders") or {}
        drawn: set[str] = set()
        lines = [
            (depth, on, [self._gap(question.id, piece, given, drawn) for piece in self._pieces(one, given)])
            for depth, on, one in self._family(question.id)
        ]
        return Picked(
            id=question.id,
            article=question.article,
            lines=lines,
            comment=str(chosen.get("comment") or ""),
            comment_name=name_of(*self.path, question.id, "comment"),
            comment_id=id_of(*self.path, question.id, "comment"),
            drop=f"drop:{question.id}",
            help=self.scene.words.question_help(question),
            hidden=hidden,
        )

    def _pieces(self, question: Question, given: dict[str, Any]) -> Iterator[Any]:
        return pieces(question, given, self.scene.words, self.scene.concepts, self._files())

    def _files(self) -> dict[str, str]:
        """The documents attached so far, by id."""
        found: dict[str, str] = {}
        for one in self.scene.compiled.fields[self.scene.action.id]:
            if one.type == "files":
                for file in self.scene.data.get(one.id) or []:
                    if isinstance(file, dict) and "id" in file:
                        found[str(file["id"])] = str(file.get("name", ""))
        return found

    def _gap(self, question: str, piece: Any, given: dict[str, Any], drawn: set[str]) -> Gap:
        if piece.gap is None:
            return Gap(text=piece.text)
        gap: Placeholder = piece.gap
        if gap.type == FROM_SUBJECT or gap.id in drawn:
            return Gap(label=piece.filled or piece.label)
        drawn.add(gap.id)
        value = str(given.get(gap.id) or "")
        return Gap(
            label=piece.label,
            name=name_of(*self.path, question, gap.id),
            id=id_of(*self.path, question, gap.id),
            kind=gap.type,
            value=self.scene.concepts.shown(gap.scheme, value) if gap.type == "concept" else value,
            scheme=gap.scheme or "",
            options=self._options(gap),
        )

    def _options(self, gap: Placeholder) -> tuple[Choice, ...]:
        match gap.type:
            case "country":
                return tuple(choices.world(self.scene.language))
            case "country_other":
                concerned = set(self.scene.state.countries.values()) | {self.scene.viewing.who.country}
                return tuple(one for one in choices.world(self.scene.language) if one[0] not in concerned)
            case "attachment":
                return tuple(self._files().items())
        return ()

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the question and gap that its path names."""
        parts = error.path.split(".")
        if len(parts) > 1:
            for number, one in enumerate(self.picked, start=1):
                if one.id == parts[1]:
                    name = _("Question %(number)s") % {"number": number}
                    gap = self.scene.compiled.placeholders.get(parts[2]) if len(parts) > 2 else None
                    if gap is not None:
                        label = self.scene.words.placeholder(gap)
                        message, name = format_html("{}: {}", label, message), format_html("{}, {}", name, label)
                    one.errors.append(message)
                    target = id_of(*self.path, *parts[1:]) if len(parts) > 2 else f"{self.id}--{one.id}"
                    return Place(target, name)
        self.errors.append(message)
        return Place(self.id, self.ask.name)

    @property
    def id(self) -> str:
        """The id of the box."""
        return id_of(*self.path)
