"""Words that a translation must not touch: addresses, codes and numbers, names in quotes.

They are replaced by marks that the models copy, and put back afterwards. A translation in which a mark is missing or
doubled is none: it would show an address that nobody gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from imi.translation.engine import Untranslatable

# Marks of this form came through every sentence in both directions of the models that were tried; brackets, braces and
# signs did not.
_MARKS = ("XQ", "XW", "XZ", "QX")
_PROTECTED = re.compile(
    r"""
    https?://[^\s<>"]*[^\s<>".,;:!?)\]]      # addresses, without the full stop behind them
    | www\.[^\s<>"]*[^\s<>".,;:!?)\]]
    | [\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+
    | "[^"\n]{1,200}" | “[^”\n]{1,200}” | „[^“”\n]{1,200}[“”] | «[^»\n]{1,200}»
    | \+?(?:\w[\w./-]{0,40})?\d(?:[\w./:+-]*\w)?  # whatever has a digit in it: codes, dates, file numbers, telephones
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with marks in the place of what is protected, in order."""

    text: str
    mark: str
    held: tuple[str, ...]


def mask(text: str) -> Masked:
    """Put marks in the place of what must not be translated.

    Raises:
        Untranslatable: the text looks like all of our marks.
    """
    mark = next((one for one in _MARKS if one not in text.upper()), None)
    if mark is None:
        raise Untranslatable("protected")
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"{mark}{len(held) - 1}"

    return Masked(_PROTECTED.sub(hold, text), mark, tuple(held))


def unmask(translated: str, masked: Masked) -> str:
    """Put back what was protected.

    Raises:
        Untranslatable: a mark was lost, doubled or made up on the way.
    """
    pattern = re.compile(rf"{masked.mark}(\d+)")
    if sorted(map(int, pattern.findall(translated))) != list(range(len(masked.held))):
        raise Untranslatable("protected")
    return pattern.sub(lambda found: masked.held[int(found[1])], translated)
