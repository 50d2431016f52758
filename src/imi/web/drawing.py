"""Drawing the inputs of Django's forms for the templates in ``components/forms.html``.

They keep forms easy: a plain Django form, with no attributes set in Python, comes out with the design system's classes
and the right accessibility attributes.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from django.forms import BaseForm, BoundField, widgets
from django.forms.boundfield import BoundWidget
from django.utils.safestring import SafeString

_TEXT = "ecl-text-input"
# Most specific first: several of these classes inherit from one another.
_KINDS = (
    (widgets.CheckboxSelectMultiple, "checkboxes"),
    (widgets.RadioSelect, "radios"),
    (widgets.CheckboxInput, "checkbox"),
    (widgets.Select, "select"),
    (widgets.Textarea, "textarea"),
    (widgets.DateTimeInput, "datetime"),
    (widgets.DateInput, "date"),
    (widgets.TimeInput, "time"),
    (widgets.NumberInput, "number"),
    (widgets.FileInput, "file"),
    (widgets.Input, "text"),
)
_CLASSES = {"select": "ecl-select", "textarea": "ecl-text-area", "file": "imi-file-input"} | dict.fromkeys(
    ("text", "number", "date", "datetime", "time"), _TEXT
)
# Native date controls: the browser wants the ISO form whatever the page's language is.
_NATIVE = {
    "date": ("date", "%Y-%m-%d"),
    "datetime": ("datetime-local", "%Y-%m-%dT%H:%M"),
    "time": ("time", "%H:%M"),
}


@dataclass(frozen=True, slots=True)
class FormError:
    """What is wrong with a form, for the summary above it; without ``field_id`` it concerns the form as a whole."""

    message: str
    field_id: str = ""
    label: str = ""


def control_kind(field: BoundField) -> str:
    """What sort of control a form field is: text, textarea, select, radios, checkboxes, checkbox, date, datetime,
    time, number, file or other. Decides the markup around the control."""
    widget = field.field.widget
    return next((name for widget_class, name in _KINDS if isinstance(widget, widget_class)), "other")


def field_control(field: BoundField, css_class: str = "") -> SafeString:
    """Draw the control of a form field with the classes of the design system, and ``css_class`` if given."""
    widget, kind = field.field.widget, control_kind(field)
    classes = [widget.attrs.get("class", ""), css_class, *_classes(field, kind)]
    attrs: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    if kind in _NATIVE and not isinstance(widget, widgets.SplitDateTimeWidget):
        widget = copy.copy(widget)
        widget.input_type, widget.format = _NATIVE[kind]
        widget.is_localized = False
    return field.as_widget(widget=widget, attrs=attrs)


def _classes(field: BoundField, kind: str) -> list[str]:
    """The classes of a control: of its kind, and of its faults."""
    found = [_CLASSES[kind]] if kind in _CLASSES else []
    if kind == "select" and getattr(field.field.widget, "allow_multiple_selected", False):
        found.append("imi-select-multiple")
    if field.errors:
        found.append("imi-invalid")
        found += [f"{name}--invalid" for name in found if name in {"ecl-text-area", _TEXT}]
    return found


def option_control(option: BoundWidget, css_class: str) -> SafeString:
    """Draw one radio button or check box of a group, without its label."""
    option.data["attrs"] = {**option.data["attrs"], "class": css_class}
    return option.tag()


def form_errors(form: BaseForm) -> list[FormError]:
    """The errors of a form for its summary: first those of the form as a whole, then field by field."""
    found = [FormError(str(message)) for message in form.non_field_errors()]
    for field in form:
        for message in field.errors:
            if field.is_hidden:
                found.append(FormError(f"{field.label}: {message}"))
            else:
                found.append(FormError(str(message), str(field.auto_id), str(field.label)))
    return found
