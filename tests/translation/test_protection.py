"""What a translation must not touch comes through whole, or there is no translation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imi.translation.engine import Untranslatable
from imi.translation.protection import Masked, mask, unmask


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("See https://guides.example/en?a=1.", ["https://guides.example/en?a=1"]),
        ("Write to info@guides.example, please.", ["info@guides.example"]),
        ("Under Directive 2005/36/EC (Annex V.2).", ["2005/36/EC", "V.2"]),
        ("Call +351 21 123.", ["+351", "21", "123"]),
        ('Our mark "Guia Nacional" and «Guia» and „Führer“.', ['"Guia Nacional"', "«Guia»", "„Führer“"]),
        ("Nothing to hold here.", []),
    ],
)
def test_what_is_held(text: str, held: list[str]) -> None:
    assert list(mask(text).held) == held


@given(st.text(max_size=300))
def test_a_text_that_nobody_touches_comes_back(text: str) -> None:
    try:
        masked = mask(text)
    except Untranslatable:
        return
    assert unmask(masked.text, masked) == text


@pytest.mark.parametrize("translated", ["XQ0 and", "XQ0 XQ0 XQ1", "xq0 XQ1", "XQ0 XQ1 XQ2", "XQ01 XQ1", ""])
def test_a_lost_doubled_or_invented_mark_is_no_translation(translated: str) -> None:
    masked = Masked("XQ0 or XQ1", "XQ", ("a@b.example", "c@d.example"))
    with pytest.raises(Untranslatable):
        unmask(translated, masked)
    assert unmask("XQ1 ou XQ0", masked) == "c@d.example ou a@b.example"
