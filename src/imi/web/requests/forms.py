"""The form of an action, drawn from its definition: sections of controls, filled from and read into JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from imi.core.definition import Action, FormField
from imi.core.exchange import Exchange as State
from imi.core.forms import shown_fields
from imi.core.refusal import FieldError
from imi.web.reasons import field_error_text
from imi.web.requests import concepts
from imi.web.requests.controls import control
from imi.web.requests.fields import Control, DrawnForm, ask
from imi.web.requests.scene import Scene, Sent, id_of, name_of

WHOLE_FORM = "request-form"  # id of the part of the page that holds the form


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault for the summary at the top of the page: where it is, and what."""

    field_id: str
    label: str
    message: str


@dataclass(slots=True)
class SectionView:
    """A headed part of the form with its controls; those that do not apply now are not among them."""

    id: str
    title: str
    help: str
    controls: list[Control]
    personal: bool = False


@dataclass
class ActionForm:
    """One action's form before one user."""

    scene: Scene
    form: DrawnForm = field(default_factory=DrawnForm)
    sections: list[SectionView] = field(default_factory=list)
    errors: list[Wrong] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        words, action = self.scene.words, self.scene.action
        self.controls: dict[str, Control] = {}
        self._laid_out: list[tuple[SectionView, list[Control]]] = []
        full = {one.id: one for one in self.scene.compiled.fields[action.id]}  # with their options filled in
        for section in self.scene.compiled.sections(action):
            prefix = words.section_prefix(action, section)
            made = []
            for one in section.fields:
                asked = ask(words, f"{prefix}.{one.id}", full[one.id])
                made.append(control(asked, (one.id,), self.scene))
                self.controls[one.id] = made[-1]
            view = SectionView(
                id=f"section-{section.id}",
                title=words.section_title(prefix, section),
                help=words.section_help(prefix, section),
                controls=[],
            )
            self._laid_out.append((view, made))
        for name, part in controlling(self.scene).items():
            self.controls[name].refreshes = part

    def __bool__(self) -> bool:
        """Whether there is anything to fill in."""
        return bool(self.controls)

    @property
    def drawn_name(self) -> str:
        """The name of the inputs that say which fields were on the page."""
        return name_of("drawn")

    @property
    def has_personal(self) -> bool:
        """Whether a field holds personal data."""
        return any(one.field.personal for one in self.controls.values())

    def read(self, sent: Sent, before: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent, as JSON values.

        Files are stored while reading. A field that was not on the page, because its condition did not hold, keeps
        what was typed there before.

        Args:
            before: the values the page was drawn from, as far as they were kept.
        """
        self.scene.sent = sent
        drawn = set(sent.many("drawn"))
        data = {name: value for name, value in before.items() if name in self.controls and name not in drawn}
        self.scene.data = data
        # Questions come last: their gaps take over what the rest of the form says.
        for name in sorted(drawn & self.controls.keys(), key=lambda one: self.controls[one].field.type == "questions"):
            data[name] = self.controls[name].read(sent)
        self._add_taken(data)
        return data

    def _add_taken(self, data: dict[str, Any]) -> None:
        """Files that came beside an answer belong to the form's own documents."""
        target = next((name for name, one in self.controls.items() if one.field.type == "files"), None)
        if target is not None and self.scene.taken:
            data[target] = [*(data.get(target) or []), *self.scene.taken]

    def check(self, data: Mapping[str, Any]) -> list[FieldError]:
        """Faults that only the page can find: words that name no concept."""
        return [
            FieldError(name, "unknown_concept")
            for name, one in self.controls.items()
            if one.field.type == "concept"
            and data.get(name)
            and concepts.unknown(one.field.scheme or "", [str(data[name])])
        ]

    def draw(self, data: Mapping[str, Any], errors: Iterable[FieldError] = ()) -> None:
        """Draw the fields that apply to these values, with the faults at their places."""
        self.scene.data = data
        applying = {one.id for one in shown_fields(self.scene.compiled, self.scene.action, self.scene.values(), data)}
        for view, made in self._laid_out:
            for one in made:
                if one.field.id in applying and not (one.field.options_from and not one.field.options):
                    one.draw(self.form, data.get(one.field.id))
                    view.controls.append(one)
                    self.drawn.append(one.field.id)
            view.personal = any(one.field.personal for one in view.controls)
            if view.controls:
                self.sections.append(view)
        told = [(error, field_error_text(error)) for error in errors]
        for error, message in [*self.scene.faults, *told]:
            self._tell(error, message)

    def _tell(self, error: FieldError, message: str) -> None:
        head = error.path.partition(".")[0]
        target = self.controls.get(head) or next(
            # The engine names these two after their type.
            (one for one in self.controls.values() if one.field.type == head),
            None,
        )
        if target is None or target.field.id not in self.drawn:
            self.errors.append(Wrong("", "", message))
            return
        place = target.tell(self.form, error, message)
        self.errors.append(Wrong(place.id, place.label, message))


def controlling(scene: Scene) -> dict[str, str]:
    """The fields of an action's form on which others depend, with the id of the part to draw anew when they change.

    A field in the condition of another changes the form; a list or a concept only changes which questions are offered.
    """
    own = {one.id: one for one in scene.compiled.fields[scene.action.id]}
    found: dict[str, str] = {}
    picker = next((name for name, one in own.items() if one.type == "questions"), None)
    if picker is not None:
        narrows = [name for name, one in own.items() if one.options_from == "question_lists" or one.type == "concept"]
        found.update(dict.fromkeys(narrows, id_of(picker)))
    for name in own:
        condition = scene.compiled.condition(f"actions.{scene.action.id}.fields.{name}")
        for read in condition.names if condition is not None else ():
            if read.startswith("form."):
                found[read.removeprefix("form.")] = WHOLE_FORM
    return {name: part for name, part in found.items() if name in own}


def first_values(action: Action, state: State, scene: Scene) -> dict[str, Any]:
    """What a form begins with when nothing was kept: the exchange's content, then the defaults.

    An action that writes the content, or the answers, begins with what is there; any other only takes over a value
    for which it has a field of the same name and type (the days that were proposed).
    """
    fields = {one.id: one for one in scene.compiled.fields[action.id]}
    shown = scene.viewing.shown
    values: dict[str, Any] = {name: one.default for name, one in fields.items() if one.default is not None}
    writes = action.into == "content"
    for name, one in fields.items():
        if name in shown.content and (writes or _is_taken_over(one, scene.compiled.field_by_name.get(name))):
            values[name] = shown.content[name]
    if action.into == "content" and state.items:
        values.update(_questions(fields, state))
    if action.into == "content":
        values.update(_attached(fields, scene, action))
    if action.into == "answers" and shown.answers:
        values.update({name: dict(shown.answers) for name, one in fields.items() if one.type == "answers"})
    return values


def _is_taken_over(field: FormField, content: FormField | None) -> bool:
    """Whether a form begins with the content's value; text is said for one occasion, only figures are taken over."""
    said = field.type in ("text", "long_text", "files", "questions", "authority")
    return field.default is None and content is not None and content.type == field.type and not said


def _questions(fields: Mapping[str, FormField], state: State) -> dict[str, Any]:
    asked = [
        {"question": one.question, "placeholders": dict(one.placeholders), "comment": one.comment}
        for one in state.items
    ]
    return {name: asked for name, one in fields.items() if one.type == "questions"}


def _attached(fields: Mapping[str, FormField], scene: Scene, action: Action) -> dict[str, Any]:
    """The documents that the same form brought before."""
    writers = {one.id for one in scene.compiled.lifecycle.actions if one.into == "content"}
    files = [
        {"id": one.id, "name": one.name, "size": one.size, "media_type": one.media_type, "digest": one.digest}
        for one in scene.viewing.shown.attachments
        if one.action in writers
    ]
    target = next((name for name, one in fields.items() if one.type == "files"), None)
    return {target: files} if target and files else {}
