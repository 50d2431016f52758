"""Values of a form as people read them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from imi.core.compiled import Compiled
from imi.core.definition import FormField, Section
from imi.directory.queries import country_name, language_name
from imi.web.requests.concepts import Concepts
from imi.web.requests.figures import amount_text, day_text
from imi.web.requests.names import Names
from imi.web.requests.texts import Words

ELSEWHERE = ("questions", "answers", "files", "items", "colleagues")


@dataclass
class Reader:
    """Who reads: the words of the definition, and the names of concepts and authorities, in one language."""

    words: Words
    names: Names
    concepts: Concepts

    @classmethod
    def of(cls, content_hash: str, language: str) -> Reader:
        """A reader of one language."""
        return cls(Words(content_hash, language), Names(language), Concepts(language))

    @property
    def compiled(self) -> Compiled:
        """The definition."""
        return self.words.compiled

    @property
    def language(self) -> str:
        """The language of the reader."""
        return self.words.language


def original(text: str, language: str) -> str:
    """Free text as it was written, marked with the language of the side that wrote it.

    Where that is not the reader's language, a note says so. What an authority works in first is all that is known of
    the language of what its people write, hence "probably".
    """
    written = format_html('<div class="imi-original" lang="{}" dir="auto">{}</div>', language, text)
    reads = get_language() or "en"
    if not language or language == reads:
        return written
    note = _("Original text, probably in this language: %(language)s") % {"language": language_name(language, reads)}
    return format_html('{}<p class="imi-note">{}</p>', written, note)


def rows(reader: Reader, content: Mapping[str, Any], writer_language: str) -> list[dict[str, Any]]:
    """The content of an exchange by section: ``title`` and ``entries`` for a description list."""
    compiled = reader.compiled
    action = next(one for one in compiled.lifecycle.actions if one.into == "content")
    full = {one.id: one for one in compiled.fields[action.id]}
    announce(reader, content)
    parties = {field for one in compiled.lifecycle.actions for field in one.effects.set_party.values()}
    found = []
    for section in compiled.sections(action):
        prefix = reader.words.section_prefix(action, section)
        entries = [
            _entry(reader, full[one.id], f"{prefix}.{one.id}", content[one.id], writer_language)
            for one in section.fields
            if one.type not in ELSEWHERE and one.id in content and one.id not in parties
        ]
        if entries:
            found.append({"title": _heading(reader, prefix, section), "entries": entries})
    return found


def announce(reader: Reader, content: Mapping[str, Any]) -> None:
    """Say which names the content of an exchange needs; a page of several exchanges says it of all of them first."""
    action = next(one for one in reader.compiled.lifecycle.actions if one.into == "content")
    for field in reader.compiled.fields[action.id]:
        _announce(reader, field, content.get(field.id))


def _heading(reader: Reader, prefix: str, section: Section) -> str:
    return reader.words.section_title(prefix, section)


def _announce(reader: Reader, field: FormField, value: Any) -> None:
    """Say which names will be asked for, so that they are read together."""
    if field.type == "concept":
        reader.concepts.want(field.scheme, value)
    elif field.type == "authority" and isinstance(value, str):
        reader.names.want([value])
    elif field.type == "group" and isinstance(value, list):
        for row in value:
            for inner in field.fields:
                _announce(reader, inner, row.get(inner.id))


def _entry(reader: Reader, field: FormField, prefix: str, value: Any, language: str) -> dict[str, Any]:
    return {
        "term": reader.words.label(prefix, field),
        "html": value_html(reader, field, prefix, value, language),
        "personal_data": field.personal is not None,
    }


def value_html(reader: Reader, field: FormField, prefix: str, value: Any, language: str) -> str:
    """A value for a page.

    Args:
        prefix: where the texts of the field begin.
        language: in which the side writes that filled the form in.
    """
    match field.type:
        case "long_text":
            return original(str(value), language)
        case "text" | "identifier":
            return format_html('<span lang="{}" dir="auto">{}</span>', language, value)
        case "yes_no":
            return _("Yes") if value else _("No")
        case "choice" | "choices":
            return _options(reader, field, prefix, value if isinstance(value, list) else [value])
        case "group":
            return _group(reader, field, prefix, value, language)
    return conditional_escape(plain_value(reader, field, value))


def plain_value(reader: Reader, field: FormField, value: Any) -> str:
    """A value without words of the definition."""
    match field.type:
        case "concept":
            return reader.concepts.label(field.scheme, value)
        case "date":
            return day_text(str(value))
        case "period":
            return period_text(value)
        case "days":
            return days_text(value)
        case "money":
            return amount_text(value.get("amount"), value.get("currency")) if isinstance(value, Mapping) else str(value)
        case "country":
            return country_name(str(value), reader.language)
        case "language":
            return language_name(str(value), reader.language)
        case "authority":
            reader.names.want([str(value)])
            return reader.names.title(str(value))
    return str(value)


def period_text(value: Any) -> str:
    """From a day to a day."""
    if not isinstance(value, Mapping):
        return str(value)
    first, last = (day_text(str(value[key])) if value.get(key) else "" for key in ("from", "to"))
    if first and last:
        return f"{first} – {last}"
    return _("from %(day)s") % {"day": first} if first else _("until %(day)s") % {"day": last}


def days_text(value: Any) -> str:
    """A number of days."""
    return ngettext("%(n)s day", "%(n)s days", value) % {"n": value} if isinstance(value, int) else str(value)


def _options(reader: Reader, field: FormField, prefix: str, chosen: Iterable[Any]) -> str:
    labels = {option.id: reader.words.option(prefix, field, option) for option in field.options}
    return format_html_join(", ", "{}", ((labels.get(str(one), str(one)),) for one in chosen))


def _group(reader: Reader, field: FormField, prefix: str, value: Any, language: str) -> str:
    given = value if isinstance(value, list) else []
    return format_html_join(
        "",
        '<dl class="imi-dl imi-group-row">{}</dl>',
        (
            (
                format_html_join(
                    "",
                    '<div class="imi-dl__row"><dt>{}</dt><dd>{}</dd></div>',
                    (
                        (
                            reader.words.label(f"{prefix}.{inner.id}", inner),
                            value_html(reader, inner, f"{prefix}.{inner.id}", row[inner.id], language),
                        )
                        for inner in field.fields
                        if inner.id in row
                    ),
                ),
            )
            for row in given
        ),
    )
