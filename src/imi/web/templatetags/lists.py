"""Tags for long lists: parts that come back on every line are drawn once and kept by the process.

What is kept depends on nothing but its arguments and the language, so it is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from imi.web.rows import Badge, Hint

register = template.Library()
KEPT = 4096


def _drawn(html: str) -> SafeString:
    """What a template has drawn, without the line's end that its file has."""
    return SafeString(html.strip())


@register.simple_tag
def state_label(text: str, tone: str) -> SafeString:
    """Draw ``components/label.html``."""
    return _label(conditional_escape(text), tone)


@lru_cache(maxsize=KEPT)
def _label(escaped: SafeString, tone: str) -> SafeString:
    # Escaped before it comes here: a safe and an unsafe text of the same letters would be the same key.
    return _drawn(render_to_string("components/label.html", {"text": escaped, "variant": tone}))


@register.simple_tag
def deadline_badge(due: Badge | None) -> SafeString:
    """Draw a deadline by ``components/deadline.html``; nothing where none runs."""
    return _badge(due, get_language()) if due else SafeString("")


@lru_cache(maxsize=KEPT)
def _badge(due: Badge, language: str | None) -> SafeString:
    return _drawn(render_to_string("exchanges/_badge.html", {"due": due}))


@register.simple_tag
def turn_hints(hints: tuple[Hint, ...]) -> SafeString:
    """Draw whose turn it is."""
    kept = tuple(Hint(hint.whose, conditional_escape(hint.text), hint.by) for hint in hints)
    return _hints(kept, get_language()) if kept else SafeString("")


@lru_cache(maxsize=KEPT)
def _hints(hints: tuple[Hint, ...], language: str | None) -> SafeString:
    return _drawn(render_to_string("exchanges/_hints.html", {"hints": hints}))


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Draw the options of a list to choose from."""
    return format_html_join("\n", "{}", ((_option(value, text, value == chosen),) for value, text in choices))


def _option(value: str, text: str, selected: bool) -> SafeString:
    mark = SafeString(" selected") if selected else SafeString("")
    return format_html('<option value="{}"{}>{}</option>', value, mark, text)
