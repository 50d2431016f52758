"""Controls for the plain field types: from a JSON value to inputs, and from what was sent back to a JSON value.

The engine checks values; a control only carries them. What it cannot read it hands on as typed, so that the engine
names the fault and the page shows the words again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from imi.core.definition import FormField
from imi.core.refusal import FieldError
from imi.web.requests import choices, concepts
from imi.web.requests.choices import Choice
from imi.web.requests.scene import PREFIX, Scene, Sent, id_of
from imi.web.requests.texts import Words

FEW = 6  # up to so many choices stand on the page; more go into a drop-down list


class PlainSelect(forms.Select):
    """A drop-down list drawn at once; Django renders a template for every option, and there are many countries."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The list as HTML."""
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if key == chosen else "", label) for key, label in self.choices),
        )
        every = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, every, options)


class DrawnForm(forms.Form):
    """Holds the inputs of a page and the faults the engine found; checks nothing itself."""

    use_required_attribute = False

    def __init__(self) -> None:
        super().__init__(prefix=PREFIX)

    def full_clean(self) -> None:
        """Start without faults: they come from the engine."""
        self._errors = forms.utils.ErrorDict()
        self.cleaned_data = {}

    def draw(self, path: tuple[str, ...], field: forms.Field, value: Any) -> BoundField:
        """Add an input with a value."""
        name = "--".join(path)
        field.initial = value
        self.fields[name] = field
        return self[name]

    def tell(self, path: tuple[str, ...], message: str) -> bool:
        """Put a fault at an input; False if the page has no such input."""
        name = "--".join(path)
        if name not in self.fields:
            return False
        self.errors.setdefault(name, self.error_class()).append(message)
        return True


@dataclass(frozen=True, slots=True)
class Ask:
    """What a control asks for: the field, and its words in the reader's language."""

    field: FormField
    name: str
    help: str = ""
    options: tuple[Choice, ...] = ()
    inner: tuple[Ask, ...] = ()

    @property
    def label(self) -> str:
        """The name with its mark."""
        return needed_mark(self.name, self.field)


class Place(NamedTuple):
    """Where a fault is shown: the id of the element to go to, and what it is called."""

    id: str
    label: str


def ask(words: Words, prefix: str, field: FormField) -> Ask:
    """A field of a definition with its words; ``prefix`` is where its texts begin."""
    return Ask(
        field=field,
        name=words.label(prefix, field),
        help=words.help(prefix, field),
        options=tuple((option.id, words.option(prefix, field, option)) for option in field.options),
        inner=tuple(ask(words, f"{prefix}.{one.id}", one) for one in field.fields),
    )


def needed_mark(label: str, field: FormField) -> str:
    """The label, with a mark if the field must be filled in before sending; what saving needs is marked elsewhere."""
    if field.required != "to_submit":
        return label
    mark = mark_safe('<span class="imi-needed" aria-hidden="true">◆</span>')
    return format_html('{}{}<span class="ecl-u-sr-only"> ({})</span>', label, mark, _("needed to send"))


class Control:
    """One field of a form. Subclasses say how it is drawn and read."""

    drawn_as = "plain"  # the macro of requests/controls.html that draws it

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene) -> None:
        """Make a control for ``asked`` whose inputs are named by ``path``."""
        self.ask = asked
        self.field = asked.field
        self.path = path
        self.scene = scene
        self.bound: list[BoundField] = []
        self.errors: list[str] = []
        self.refreshes = ""  # id of the part of the page that changes with its value

    @property
    def id(self) -> str:
        """The id of the control's first input or of its box."""
        return id_of(*self.path)

    def read(self, sent: Sent) -> Any:
        """The JSON value that was sent."""
        return sent.text(*self.path)

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Add the inputs for a value to the page's form."""
        self.bound = [form.draw(self.path, self.dressed(self.make(value)), self.shown(value))]

    def make(self, value: Any) -> forms.Field:
        """The Django field that draws the input."""
        return forms.CharField(widget=forms.TextInput())

    def shown(self, value: Any) -> Any:
        """The value as the input holds it."""
        return value

    def dressed(self, field: forms.Field) -> forms.Field:
        """The Django field with the words and marks of the definition's field."""
        field.label = self.ask.label
        field.help_text = self.ask.help
        field.required = self.field.required == "always"
        field.personal_data = self.field.personal is not None  # type: ignore[attr-defined]
        if self.field.required != "never" and not isinstance(field.widget, forms.RadioSelect):
            field.widget.attrs["aria-required"] = "true"
        return field

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault; returns where it is."""
        if not form.tell(self.path, message):
            self.errors.append(message)
        return Place(self.id, self.ask.name)


Maker = Callable[[Ask, tuple[str, ...], Scene], Control]
"""Makes the control for what is asked, under a path; controls that hold others are given it."""


class LongText(Control):
    """Free text of several lines."""

    def make(self, value: Any) -> forms.Field:
        """Draw a text area."""
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))


class Number(Control):
    """A whole number, also a number of days."""

    def read(self, sent: Sent) -> Any:
        """The number; what is none stays as typed."""
        typed = sent.one(*self.path)
        digits = typed.replace("\u00a0", "").replace(" ", "")
        return int(digits) if digits.lstrip("-").isdecimal() and len(digits) < 15 else typed

    def make(self, value: Any) -> forms.Field:
        """Draw a number input; a text input where the value is no number, so that it is seen."""
        if isinstance(value, str) and value:
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric"}))
        attrs = {"step": "1", "min": self.field.min, "max": self.field.max}
        return forms.IntegerField(
            widget=forms.NumberInput(attrs={key: one for key, one in attrs.items() if one is not None})
        )


class Date(Control):
    """A calendar day."""

    def read(self, sent: Sent) -> Any:
        """The day as sent."""
        return sent.one(*self.path)

    def make(self, value: Any) -> forms.Field:
        """Draw a date input."""
        return forms.CharField(widget=forms.DateInput())


class YesNo(Control):
    """Yes or no, with neither chosen beforehand."""

    def read(self, sent: Sent) -> Any:
        """True, False, or nothing."""
        return {"yes": True, "no": False}.get(sent.one(*self.path), "")

    def make(self, value: Any) -> forms.Field:
        """Draw two radio buttons."""
        return forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect())

    def shown(self, value: Any) -> Any:
        """The value as the radio button holds it."""
        return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else value


class OneOf(Control):
    """One of a closed list."""

    def offered(self) -> Sequence[Choice]:
        """What may be chosen."""
        return self.ask.options

    def read(self, sent: Sent) -> Any:
        """The id of the choice."""
        return sent.one(*self.path)

    def make(self, value: Any) -> forms.Field:
        """Draw radio buttons, or a drop-down list when there are many choices."""
        offered = list(self.offered())
        if len(offered) <= FEW:
            return forms.ChoiceField(choices=offered, widget=forms.RadioSelect())
        return forms.ChoiceField(choices=[("", ""), *offered], widget=PlainSelect())


class Country(OneOf):
    """A country of the world."""

    def offered(self) -> Sequence[Choice]:
        """All countries."""
        return choices.world(self.scene.language)


class Language(OneOf):
    """A language."""

    def offered(self) -> Sequence[Choice]:
        """All languages."""
        return choices.languages(self.scene.language)


class Several(Control):
    """Any number of a closed list."""

    def read(self, sent: Sent) -> Any:
        """The ids of the choices."""
        return sent.many(*self.path)

    def make(self, value: Any) -> forms.Field:
        """Draw check boxes."""
        return forms.MultipleChoiceField(choices=list(self.ask.options), widget=forms.CheckboxSelectMultiple())


class Concept(Control):
    """A profession, activity or keyword: people type a name, the code behind it is stored."""

    drawn_as = "concept"

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene) -> None:
        super().__init__(asked, path, scene)
        self.scheme = asked.field.scheme or ""
        self.suggested: list[Choice] = []

    def read(self, sent: Sent) -> Any:
        """The code that was picked or named; otherwise the words."""
        picked = sent.one(*self.path, "pick")
        return picked or concepts.resolve(sent.one(*self.path), self.scheme, self.scene.language)

    def make(self, value: Any) -> forms.Field:
        """Draw a text input with suggestions while typing."""
        return forms.CharField(widget=forms.TextInput(attrs=suggesting(self.scheme)))

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Show the name of the concept; for words that name none, offer what may be meant."""
        super().draw(form, value)
        if value and concepts.unknown(self.scheme, [str(value)]):
            self.suggested = concepts.suggestions(str(value), self.scheme, self.scene.language)

    def shown(self, value: Any) -> Any:
        """The name of the concept with its code."""
        return self.scene.concepts.shown(self.scheme, value)


def suggesting(scheme: str) -> dict[str, str]:
    """The attributes of a text input that is offered names of concepts while people type."""
    return {
        "list": f"concepts-{scheme}",
        "autocomplete": "off",
        "hx-get": f"{reverse('requests:concepts')}?scheme={scheme}",
        "hx-trigger": "input changed delay:250ms",
        "hx-target": f"#concepts-{scheme}",
        "hx-swap": "innerHTML",
        # What the parts around the input say of their own requests does not hold for this one.
        "hx-select": "unset",
        "hx-select-oob": "unset",
        "hx-vals": "unset",
        "hx-encoding": "unset",
    }


class Period(Control):
    """From a day to a day; one of them may stay open."""

    drawn_as = "several"

    def read(self, sent: Sent) -> Any:
        """The two days; nothing if neither was given."""
        days = {key: sent.one(*self.path, key) for key in ("from", "to")}
        return days if any(days.values()) else ""

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw two date inputs."""
        given = value if isinstance(value, dict) else {}
        for key, label in (("from", pgettext("period", "From")), ("to", pgettext("period", "To"))):
            field = forms.CharField(widget=forms.DateInput(), label=label, required=False)
            self.bound.append(form.draw((*self.path, key), field, given.get(key)))

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the first day."""
        form.tell((*self.path, "from"), message)
        return Place(id_of(*self.path, "from"), self.ask.name)


class Money(Control):
    """An amount in a currency."""

    drawn_as = "several"

    def read(self, sent: Sent) -> Any:
        """Amount and currency; nothing if no amount was given."""
        amount = sent.one(*self.path, "amount")
        return {"amount": amount.replace(",", "."), "currency": sent.one(*self.path, "currency")} if amount else ""

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw the amount and the list of currencies."""
        given = value if isinstance(value, dict) else {}
        amount = forms.CharField(
            label=_("Amount"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
        )
        currency = forms.ChoiceField(
            label=_("Currency"), required=False, choices=choices.currencies(), widget=PlainSelect()
        )
        self.bound = [
            form.draw((*self.path, "amount"), amount, given.get("amount")),
            form.draw((*self.path, "currency"), currency, given.get("currency", choices.EURO)),
        ]

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the amount."""
        form.tell((*self.path, "amount"), message)
        return Place(id_of(*self.path, "amount"), self.ask.name)
