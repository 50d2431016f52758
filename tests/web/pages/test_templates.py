"""The environment of the templates: what it escapes, what it forgives and what it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import format_html
from jinja2 import Environment, UndefinedError
from jinja2.loaders import DictLoader

from imi.site import errors
from imi.web import jinja

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """The environment that pages are drawn with."""
    return engines["jinja2"].env  # type: ignore[no-any-return]


def drawn(environment: Environment, source: str, **context: object) -> str:
    return environment.from_string(source).render(context)


def test_every_template_compiles(environment: Environment) -> None:
    names = environment.list_templates()
    assert len(names) > 30
    for name in names:
        environment.get_template(name)


def test_text_is_escaped_and_markup_is_not(environment: Environment) -> None:
    text, markup = "<b>'a' & \"b\"</b>", format_html("<i>{}</i>", "<x>")
    assert drawn(environment, "{{ text }}", text=text) == "&lt;b&gt;&#39;a&#39; &amp; &#34;b&#34;&lt;/b&gt;"
    assert drawn(environment, "{{ markup }}", markup=markup) == "<i>&lt;x&gt;</i>"
    assert drawn(environment, "{{ [text, markup]|join(', ') }}", text="<", markup=markup) == "&lt;, <i>&lt;x&gt;</i>"
    assert drawn(environment, "{% trans text=text %}To {{ text }}{% endtrans %}", text="<") == "To &lt;"
    assert drawn(environment, "{{ text|urlize|linebreaks }}", text="<b>\n\nx") == "<p>&lt;b&gt;</p>\n\n<p>x</p>"


def test_a_macro_escapes_what_it_is_given(environment: Environment) -> None:
    source = '{% from "components/buttons.html" import button %}{{ button(text) }}'
    assert ">&lt;b&gt;</button>" in drawn(environment, source, text="<b>")


def test_a_variable_that_does_not_exist_is_a_fault(environment: Environment) -> None:
    for source in ("{{ nothing }}", "{% if nothing %}{% endif %}", "{{ thing.nothing }}"):
        with pytest.raises(UndefinedError):
            drawn(environment, source, thing={})


def test_words_keep_their_entities_when_their_markup_goes(environment: Environment) -> None:
    assert drawn(environment, "{{ text|striptags }}", text=format_html('<span lang="en">{}</span>', "A & B")) == (
        "A &amp; B"
    )
    assert drawn(environment, "{{ text|striptags }}", text="A & B") == "A &amp; B"


def test_texts_are_in_the_language_of_the_page(environment: Environment) -> None:
    source = "{{ page_language() }} {{ _('Home') }}"
    with translation.override("hu"):
        hungarian = drawn(environment, source)
    with translation.override("en"):
        assert drawn(environment, source) == "en Home"
    assert hungarian.startswith("hu ")
    assert hungarian != "hu Home"


def test_a_per_cent_sign_in_a_translation_harms_nothing(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translation, "gettext", lambda _text: "100 % done")
    assert drawn(environment, "{{ _('All done') }}") == "100 % done"


def test_compiled_templates_are_kept(tmp_path: Path, settings: Any) -> None:
    settings.IMI_HOME = tmp_path
    made = jinja.environment(loader=DictLoader({"a.html": "{{ _('Home') }}"}))
    made.get_template("a.html")
    assert list((tmp_path / "templates").iterdir())


def test_without_a_place_to_keep_them_templates_are_drawn_all_the_same(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "templates").write_text("a file where the folder should be")
    settings.IMI_HOME = tmp_path
    made = jinja.environment(loader=DictLoader({"a.html": "{{ 1 + 1 }}"}))
    assert made.get_template("a.html").render() == "2"


@pytest.mark.parametrize("status", [403, 404])
def test_a_page_of_a_fault_is_drawn_where_the_session_is_missing(status: int) -> None:
    request = RequestFactory().get("/")  # no session, no user, no messages
    answer = {403: errors.forbidden, 404: errors.missing}[status](request)
    assert answer.status_code == status
    assert b'<main id="main"' in answer.content
