"""Tags used by the templates in templates/components/.

They keep forms easy: a plain Django form, with no attributes set in Python, comes out with the design
system's classes and the right accessibility attributes.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, widgets
from django.forms.boundfield import BoundWidget
from django.utils.safestring import SafeString

register = template.Library()

TEXT_CLASS = "ecl-text-input"


@register.filter
def kind(field: BoundField) -> str:
    """What sort of control a form field is: text, textarea, select, radios, checkboxes, checkbox,
    date, datetime, time, number, file or other. Decides the markup around the control."""
    widget = field.field.widget
    # Most specific first: several of these classes inherit from one another.
    for widget_class, name in (
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
    ):
        if isinstance(widget, widget_class):
            return name
    return "other"


@register.filter
def at(items: Sequence[Any], position: int) -> Any:
    """The entry of a list at a position; nothing when the list is too short."""
    return items[position] if 0 <= position < len(items) else None


@register.simple_tag
def field_control(field: BoundField, **extra: str) -> SafeString:
    """Draw the control of a form field with the classes of the design system.

    `extra` adds attributes; an underscore in a name stands for a hyphen (data_filter -> data-filter).
    """
    widget = field.field.widget
    sort = kind(field)
    attrs: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in extra.items() if value}
    classes = [widget.attrs.get("class", ""), attrs.pop("class", "")]
    if sort == "select":
        classes.append("ecl-select")
        if getattr(widget, "allow_multiple_selected", False):
            classes.append("imi-select-multiple")
    elif sort == "textarea":
        classes.append("ecl-text-area")
    elif sort == "file":
        classes.append("imi-file-input")
    elif sort in {"text", "number", "date", "datetime", "time"}:
        classes.append(TEXT_CLASS)
    if field.errors:
        classes.append("imi-invalid")
        if sort == "textarea":
            classes.append("ecl-text-area--invalid")
        elif TEXT_CLASS in classes:
            classes.append(TEXT_CLASS + "--invalid")
    attrs["class"] = " ".join(filter(None, classes))

    # Native date controls: the browser wants the ISO form whatever the page's language is.
    native = {
        "date": ("date", "%Y-%m-%d"),
        "datetime": ("datetime-local", "%Y-%m-%dT%H:%M"),
        "time": ("time", "%H:%M"),
    }.get(sort)
    if native and not isinstance(widget, widgets.SplitDateTimeWidget):
        widget = copy.copy(widget)
        widget.input_type, widget.format = native
        widget.is_localized = False
        return field.as_widget(widget=widget, attrs=attrs)
    return field.as_widget(attrs=attrs)


@register.simple_tag
def option_control(option: BoundWidget, css_class: str) -> SafeString:
    """Draw one radio button or checkbox of a group, without its label."""
    option.data["attrs"] = {**option.data["attrs"], "class": css_class}
    return option.tag()


@register.simple_tag
def form_errors(form: BaseForm) -> list[dict[str, str]]:
    """The errors of a form for components/error_summary.html: field_id and message of each."""
    found = [{"field_id": "", "message": str(message)} for message in form.non_field_errors()]
    for field in form:
        for message in field.errors:
            if field.is_hidden:
                found.append({"field_id": "", "message": f"{field.label}: {message}"})
            else:
                found.append({"field_id": str(field.auto_id), "label": str(field.label), "message": str(message)})
    return found
