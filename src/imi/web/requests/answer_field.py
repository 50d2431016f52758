"""The answers of a reply: for each open question its predefined answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from imi.core.definition import FormField, Option, Question
from imi.core.questions import open_questions
from imi.core.refusal import FieldError
from imi.web.requests.fields import Ask, Control, DrawnForm, Maker, Place, PlainSelect
from imi.web.requests.files_field import SeveralFiles, take
from imi.web.requests.names import Names
from imi.web.requests.numbering import Numbering
from imi.web.requests.page import sides
from imi.web.requests.scene import Scene, Sent, id_of
from imi.web.requests.sentences import sentence
from imi.web.requests.values import original

_VALUE = "value"


@dataclass(slots=True)
class AnswerRow:
    """One open question with the inputs for its answer."""

    id: str
    box: str
    number: str
    depth: int
    text: str
    article: str
    unit: str
    value: Control | None
    opens_others: bool
    comment: str = ""
    bound: list[BoundField] = field(default_factory=list)
    more: list[BoundField] = field(default_factory=list)
    personal: bool = False
    errors: list[str] = field(default_factory=list)


class Answers(Control):
    """An answer for every question that is open; what is answered may open others."""

    drawn_as = "answers"

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene, maker: Maker) -> None:
        super().__init__(asked, path, scene)
        self._maker = maker
        self.rows: list[AnswerRow] = []
        self.more = "answers:" + "--".join(path)

    @property
    def id(self) -> str:
        """The id of the box."""
        return id_of(*self.path)

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, sent: Sent) -> Any:
        """The answers by question; a question without any is left out."""
        read: dict[str, Any] = {}
        for question_id in dict.fromkeys(sent.many(*self.path, "drawn")):
            question = self.scene.compiled.questions.get(question_id)
            if question is not None:
                answer = self._read_one(question, sent)
                if any(value not in ("", [], {}) for value in answer.values()):
                    read[question_id] = answer
        return read

    def _read_one(self, question: Question, sent: Sent) -> dict[str, Any]:
        path = (*self.path, question.id)
        fresh = take(self.scene, sent.uploads(*path, "files"), f"answers.{question.id}")
        self.scene.taken.extend(fresh)
        control = self._value_control(question)
        answer: dict[str, Any] = {
            "remark": sent.text(*path, "remark"),
            "attachments": [*sent.many(*path, "attached"), *(str(one["id"]) for one in fresh)],
        }
        value = control.read(sent) if control is not None else ""
        if control is None and answer["attachments"]:
            value = "attached"
        reason = sent.one(*path, "cannot_say")
        if reason:
            answer["cannot_say"] = reason
        # Both are kept as typed; the engine takes the reason where there is one.
        answer[_VALUE] = value
        return answer

    def _value_control(self, question: Question) -> Control | None:
        """The control for the predefined answer; None where the answer is a document."""
        if question.answer == "file":
            return None
        words = self.scene.words
        options: tuple[Option, ...] = question.options
        kind: Any = question.answer
        if kind == "yes_no":
            kind = "choice"
            options = (Option(id="yes", label="Yes"), Option(id="no", label="No"))
        elif kind == "text":
            kind = "long_text"
        asked = FormField(id="answer", type=kind, label=question.text, options=options, scheme=question.scheme)
        unit = words.unit(question)
        label = _("Your answer") if not unit else f"{_('Your answer')} ({unit})"
        offered = tuple((one.id, words.question_option(question, one.id)) for one in options)
        return self._maker(
            Ask(asked, label, words.question_help(question), offered), (*self.path, question.id, _VALUE), self.scene
        )

    # --- drawing -----------------------------------------------------------------------------------------------------

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw the questions that are open with these answers."""
        given: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        files = self._files()
        names = {one.id: one.name for one in self.scene.viewing.shown.attachments}
        rows = open_questions(self.scene.compiled, self.scene.viewing.shown.items, given)
        numbering = Numbering(self.scene.compiled)
        language = self._asker_language()
        for question, item, depth in rows:
            answer = given.get(question.id)
            row = self._row(question, item, depth, numbering.of(question, depth), names)
            row.comment = original(item.comment, language) if item.comment and not depth else ""
            self._draw_row(form, row, question, answer if isinstance(answer, Mapping) else {}, files)
            self.rows.append(row)

    def _asker_language(self) -> str:
        """In which language the comments on questions were probably written; two queries if there are any."""
        viewing = self.scene.viewing
        held = viewing.holders.get(sides(viewing)[0], ())
        if not held or not any(item.comment for item in viewing.shown.items):
            return ""
        names = Names(self.scene.language)
        names.want(held[:1])
        return names.main_language(held[0])

    def _files(self) -> list[tuple[str, str]]:
        """The documents of this reply."""
        return [
            (str(one["id"]), str(one["name"]))
            for rule in self.scene.compiled.fields[self.scene.action.id]
            if rule.type == "files"
            for one in self.scene.data.get(rule.id) or []
            if isinstance(one, dict) and "id" in one
        ]

    def _row(self, question: Question, item: Any, depth: int, number: str, names: Mapping[str, str]) -> AnswerRow:
        return AnswerRow(
            id=question.id,
            box=f"{self.id}--{question.id}",
            number=number,
            depth=depth,
            text=sentence(question, item.placeholders, self.scene.words, self.scene.concepts, names),
            article=question.article,
            unit=self.scene.words.unit(question),
            value=self._value_control(question),
            opens_others=question.id in self.scene.compiled.follow_ups,
            personal=question.personal,
        )

    def _draw_row(
        self,
        form: DrawnForm,
        row: AnswerRow,
        question: Question,
        answer: Mapping[str, Any],
        files: list[tuple[str, str]],
    ) -> None:
        path = (*self.path, question.id)
        if row.value is not None:
            row.value.draw(form, answer.get(_VALUE))
        remark = forms.CharField(label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
        row.more.append(form.draw((*path, "remark"), remark, answer.get("remark", "")))
        if files:
            attached = forms.MultipleChoiceField(
                label=_("Documents that belong to this answer"),
                required=False,
                choices=files,
                widget=forms.CheckboxSelectMultiple(),
            )
            row.more.append(form.draw((*path, "attached"), attached, answer.get("attachments", [])))
        if question.attachment != "none":
            upload = forms.FileField(label=_("Add a document to this answer"), required=False, widget=SeveralFiles())
            row.more.append(form.draw((*path, "files"), upload, None))
        if question.cannot_say:
            row.bound.append(form.draw((*path, "cannot_say"), self._reasons(), answer.get("cannot_say", "")))

    def _reasons(self) -> forms.Field:
        asked = self.scene.compiled.definition.questions
        reasons = [(one.id, self.scene.words.cannot_say(one.id)) for one in asked.cannot_say_reasons] if asked else []
        return forms.ChoiceField(
            label=_("We cannot say, because"), required=False, choices=[("", "–"), *reasons], widget=PlainSelect()
        )

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the question that its path names."""
        question = error.path.partition(".")[2]
        for row in self.rows:
            if row.id == question:
                row.errors.append(message)
                return Place(row.box, _("Question %(number)s") % {"number": row.number})
        self.errors.append(message)
        return Place(self.id, self.ask.name)
