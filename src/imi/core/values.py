"""One check per field type: from what was sent to a clean JSON value, or the fault with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from imi.core.definition import FormField

DEFAULT_LENGTH = {"text": 500, "long_text": 10_000, "identifier": 100, "concept": 40}
LARGEST_NUMBER = 10**12
_CENT = Decimal("0.01")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half characters: no encoding can carry them
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class FaultError(ValueError):
    """A value that cannot be taken; ``code`` and ``params`` make the message."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def is_empty(value: Any) -> bool:
    """Whether nothing was filled in. False and 0 are answers."""
    return value is None or value == "" or value == [] or value == {}


def clean(field: FormField, value: Any) -> Any:
    """The value of a field in its stored form.

    Args:
        field: the field; its type, options and limits decide.
        value: what was sent; never empty (see :func:`is_empty`).

    Raises:
        FaultError: the value does not fit the field.
    """
    return _CLEANERS[field.type](field, value)


def clean_text(value: Any, limit: int) -> str:
    """Text without control characters and outer white space.

    Raises:
        FaultError: not text, or longer than ``limit`` characters.
    """
    if not isinstance(value, str):
        raise FaultError("not_text")
    text = value.strip() if value.isprintable() else _without_controls(value)
    if len(text) > limit:
        raise FaultError("too_long", limit=limit, length=len(text))
    return text


def _without_controls(value: str) -> str:
    if _SURROGATE.search(value):
        raise FaultError("not_text")
    return _CONTROL.sub("", value.replace("\r\n", "\n")).strip()


def clean_date(value: Any) -> str:
    """An ISO date.

    Raises:
        FaultError: not a calendar date.
    """
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise FaultError("not_a_date") from None


def _text(field: FormField, value: Any) -> str:
    return clean_text(value, field.max_length or DEFAULT_LENGTH.get(field.type, 500))


def _yes_no(_field: FormField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise FaultError("not_yes_or_no")


def _choice(field: FormField, value: Any) -> str:
    if isinstance(value, str) and any(option.id == value for option in field.options):
        return value
    raise FaultError("not_an_option")


def _choices(field: FormField, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise FaultError("not_an_option")
    return list(dict.fromkeys(_choice(field, one) for one in value))


def _number(field: FormField, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FaultError("not_a_number")
    if abs(value) > LARGEST_NUMBER:
        raise FaultError("too_large", limit=LARGEST_NUMBER)
    if field.min is not None and value < field.min:
        raise FaultError("too_small", limit=field.min)
    if field.max is not None and value > field.max:
        raise FaultError("too_large", limit=field.max)
    return value


def _date(_field: FormField, value: Any) -> str:
    return clean_date(value)


def _period(_field: FormField, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise FaultError("not_a_period")
    period = {key: clean_date(value[key]) for key in ("from", "to") if not is_empty(value.get(key))}
    if not period:
        raise FaultError("not_a_period")
    if len(period) == 2 and period["from"] > period["to"]:
        raise FaultError("period_reversed")
    return period


def _money(_field: FormField, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not _CURRENCY.fullmatch(str(value.get("currency", ""))):
        raise FaultError("not_money")
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation:
        raise FaultError("not_money") from None
    if not amount.is_finite() or abs(amount) > LARGEST_NUMBER or amount != round(amount, 4):
        raise FaultError("not_money")
    written = amount.quantize(_CENT) if amount == round(amount, 2) else amount
    return {"amount": format(written, "f"), "currency": str(value["currency"])}


def _pattern(pattern: re.Pattern[str], code: str) -> Callable[[FormField, Any], str]:
    def check(_field: FormField, value: Any) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise FaultError(code)

    return check


def _files(_field: FormField, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise FaultError("not_files")
    keys = ("id", "name", "size", "media_type", "digest")
    if not all(isinstance(one, Mapping) and all(isinstance(one.get(key), str | int) for key in keys) for one in value):
        raise FaultError("not_files")
    return list({str(one["id"]): {key: one[key] for key in keys} for one in value}.values())


def _names(_field: FormField, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FaultError("not_a_list")
    return list(dict.fromkeys(value))


def _group(field: FormField, value: Any) -> list[dict[str, Any]]:
    """Rows of a repeatable group; the faults of a row are named by its number."""
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise FaultError("not_a_list")
    if field.max is not None and len(value) > field.max:
        raise FaultError("too_many", limit=field.max)
    return [_row(field, row, number) for number, row in enumerate(value, start=1)]


def _row(field: FormField, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for inner in field.fields:
        value = row.get(inner.id)
        if is_empty(value):
            if inner.required != "never":
                raise FaultError("row_incomplete", row=number, field=inner.id)
            continue
        cleaned[inner.id] = clean(inner, value)
    return cleaned


_CLEANERS: Mapping[str, Callable[[FormField, Any], Any]] = {
    "text": _text,
    "long_text": _text,
    "identifier": _text,
    "concept": _text,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "days": _number,
    "date": _date,
    "period": _period,
    "money": _money,
    "country": _pattern(_COUNTRY, "not_a_country"),
    "language": _pattern(_LANGUAGE, "not_a_language"),
    "authority": _text,
    "colleagues": _names,
    "items": _names,
    "files": _files,
    "group": _group,
}
