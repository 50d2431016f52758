"""Every text that a template shows can be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from imi.web.jinja import SYNTAX
from tests.repository.sources import ROOT, name, python_files, templates

# One line each: the words of a template that are names or codes and the same in every language.
ALLOWED = ROOT / "tests" / "repository" / "same-in-every-language.txt"
LETTER = re.compile(r"[^\W\d_]")
SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "label"}
READER = Environment(**SYNTAX)
# What a macro is given to show begins like a sentence; names of styles, states and addresses do not.
SENTENCE = re.compile(r"[A-Z][a-z]*[a-z .]")


class Texts(HTMLParser):
    """Collects what a page shows or speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the spoken attributes of a tag."""
        self.code += tag in {"script", "style"}
        self.found += [value for key, value in attrs if key in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        """Leave code."""
        self.code -= tag in {"script", "style"} and self.code > 0

    def handle_data(self, data: str) -> None:
        """Take a text node outside of code."""
        if not self.code:
            self.found.append(data)


def without_template_language(source: str) -> str:
    """Return a template without its tags, variables, comments and translated blocks."""
    kept: list[str] = []
    before, translated = "", False
    for _line, kind, value in READER.lex(source):
        if kind == "whitespace":
            continue
        if kind == "name" and before == "block_begin" and value in {"trans", "endtrans"}:
            translated = value == "trans"
        elif kind == "data" and not translated:
            kept.append(value)
        before = kind
    return "".join(kept)


def untranslated_arguments(source: str) -> Iterator[str]:
    """Yield the texts inside of tags and variables that read like a sentence and are not translated."""
    tree = READER.parse(source)
    translated = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext", "pgettext"}
        for argument in call.args
    }
    for constant in tree.find_all(nodes.Const):
        if isinstance(constant.value, str) and id(constant) not in translated and SENTENCE.match(constant.value):
            yield constant.value


def literal_texts(source: str, *, html: bool = True) -> Iterator[str]:
    """Yield the texts of a template that have letters and are not translated."""
    bare = without_template_language(source)
    found = bare.splitlines()
    if html:
        parser = Texts()
        parser.feed(bare)
        parser.close()
        found = parser.found
    for text in found:
        if LETTER.search(text):
            yield " ".join(text.split()).strip("–—·|:/()[] ")


def allowed() -> set[str]:
    """Return the texts that need no translation."""
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def test_no_template_shows_a_text_that_cannot_be_translated() -> None:
    exempt = allowed()
    found = [
        f"{name(file)}: {text[:90]!r}"
        for file in templates()
        if file.suffix in {".html", ".txt", ".svg"}
        for text in literal_texts(file.read_text(encoding="utf-8"), html=file.suffix != ".txt")
        if text not in exempt
    ]
    assert not found, "\n".join(found)


def test_no_template_hands_on_a_text_that_cannot_be_translated() -> None:
    found = [
        f"{name(file)}: {text[:90]!r}"
        for file in templates()
        for text in untranslated_arguments(file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_what_is_translated_stands_in_the_template() -> None:
    found = [
        f"{name(file)}:{call.lineno}"
        for file in templates()
        for call in READER.parse(file.read_text(encoding="utf-8")).find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "_"
        if not isinstance(call.args[0], nodes.Const)
    ]
    assert not found, "\n".join(found)


def test_every_exemption_is_still_needed() -> None:
    used = {
        text
        for file in templates()
        if file.suffix in {".html", ".txt", ".svg"}
        for text in literal_texts(file.read_text(encoding="utf-8"), html=file.suffix != ".txt")
    }
    assert allowed() <= used


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ _('Hello') }} {{ name }} – 3</p>", []),
        ("{% trans name=x %}Hello {{ name }}{% endtrans %}", []),
        ("{% trans n=x %}One{% pluralize %}{{ n }} things{% endtrans %}<b>Hello</b>", ["Hello"]),
        ('<a title="Go" class="x">{{ there }}</a>', ["Go"]),
        ('<a {% if x %}class="y"{% endif %}>→</a>', []),
        ("<script>let x = 1</script>{# note #}", []),
    ],
)
def test_the_checker_sees_what_a_reader_sees(source: str, expected: list[str]) -> None:
    assert list(literal_texts(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ button('Find it') }}", ["Find it"]),
        ("{{ button(_('Find it'), variant='primary') }}", []),
        ("{{ day|date('SHORT_DATE_FORMAT') }}{{ day|date('H:i') }}{% if x in ('linked', 'sent') %}{% endif %}", []),
    ],
)
def test_the_checker_sees_what_a_macro_is_given(source: str, expected: list[str]) -> None:
    assert list(untranslated_arguments(source)) == expected


def test_the_list_of_exemptions_is_a_file_of_the_repository() -> None:
    assert Path(ALLOWED).is_file()


def test_texts_are_marked_under_names_by_which_they_are_found() -> None:
    """A function of translation that is imported under another name marks texts that get into no catalogue."""
    renamed = re.compile(r"^from django\.utils\.translation import (\w*gettext\w*) as (\w+)$", re.MULTILINE)
    found = [
        (name(file), function, other)
        for file in python_files("src")
        for function, other in renamed.findall(file.read_text(encoding="utf-8"))
    ]
    assert found
    assert [one for one in found if one[2] != "_"] == []
