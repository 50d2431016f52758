"""The tool that brings the interface's catalogues up to date."""

from __future__ import annotations

from pathlib import Path

import messages
import polib
import pytest

SOURCES = {
    "web/a.py": 'from x import gettext_lazy as _\nA = _("From Python")\nB = pgettext("month", "May")\n',
    "web/templates/a.html": (
        '{% extends "b.html" %}{{ button(_("From a template")) }}\n'
        "{% trans n=count %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}\n"
    ),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two sources and one catalogue."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    for name, text in SOURCES.items():
        file = tmp_path / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "locale").mkdir()
    messages.extract(["lt"])
    return tmp_path


def catalogue(root: Path) -> dict[str, polib.POEntry]:
    return {entry.msgid: entry for entry in polib.pofile(str(root / "locale/lt/LC_MESSAGES/django.po"))}


def test_texts_of_python_and_of_templates_are_found(root: Path) -> None:
    found = catalogue(root)
    assert set(found) == {"From Python", "From a template", "May", "%(n)s day"}
    assert found["May"].msgctxt == "month"
    assert found["%(n)s day"].msgid_plural == "%(n)s days"
    assert len(found["%(n)s day"].msgstr_plural) == 4  # Lithuanian's
    assert found["%(n)s day"].flags == ["python-format"]


def test_a_text_that_goes_keeps_its_translation_until_it_comes_back(root: Path) -> None:
    file = root / "locale/lt/LC_MESSAGES/django.po"
    written = polib.pofile(str(file))
    written.find("From a template").msgstr = "Iš šablono"
    written.save()
    template = root / "src/web/templates/a.html"
    template.write_text("{{ _('From another template') }}")
    messages.extract([])
    gone = catalogue(root)["From a template"]
    assert (gone.obsolete, gone.msgstr) == (True, "Iš šablono")
    assert catalogue(root)["From another template"].msgstr == ""
    template.write_text(SOURCES["web/templates/a.html"])
    messages.extract([])
    back = catalogue(root)["From a template"]
    assert (back.obsolete, back.msgstr) == (False, "Iš šablono")


def test_a_template_that_cannot_be_read_stops_the_tool(root: Path) -> None:
    (root / "src/web/templates/a.html").write_text("{% if %}")
    with pytest.raises(Exception, match="Expected an expression"):
        messages.extract([])
