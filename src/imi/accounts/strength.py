"""What a password and a security code must be like.

Two profiles. *Classic* is the rule of the sources (at least eight characters with a lower-case letter, a capital and a
digit); *strong* follows NIST SP 800-63B and ASVS 6.2: at least fifteen characters, no rule of composition, nothing that
everybody tries first. The security code of twelve characters has the classes of the classic rule in both; three of its
characters are asked at each sign-in, and a code made of words, dates or rows of keys could be guessed from three.
"""

from __future__ import annotations

import enum
import functools
import itertools
import unicodedata
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext_lazy as _

from imi.accounts.hashing import normal
from imi.directory.folding import fold

CLASSIC, STRONG = "classic", "strong"
SHORTEST = {CLASSIC: 8, STRONG: 15}
LONGEST = 200
CODE_LENGTH = 12

_FEWEST_DIFFERENT = 8  # of the characters of a code
_ROW = 4  # so many keys, letters or digits in a row are too many
_SHORTEST_WORD = 5  # of the words that everybody tries
_SHORTEST_NAME = 3
_KEYBOARDS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "уеишщксдзц",
    "ьяаожгтнвм",
    "явертъуиоп",
    "ςερτυθιοπ",
    "ασδφγηξκλ",
    "ζχψωβνμ",
)
_LOOK_ALIKES = str.maketrans("013457@$!", "oleastasi")


class Fault(enum.StrEnum):
    """What is wrong with a password or a code."""

    SHORT = "short"
    LONG = "long"
    NO_LOWER = "no_lower"
    NO_CAPITAL = "no_capital"
    NO_DIGIT = "no_digit"
    COMMON = "common"
    PERSONAL = "personal"
    LENGTH = "length"
    CHARACTERS = "characters"
    REPEATED = "repeated"
    ROW = "row"
    DATE = "date"

    @property
    def text(self) -> str:
        """The fault in words, in the reader's language."""
        return str(_TEXTS[self]) % {"shortest": SHORTEST[settings.IMI_SIGN_IN], "longest": LONGEST}


_TEXTS = {
    Fault.SHORT: _("Use at least %(shortest)d characters."),
    Fault.LONG: _("Use at most %(longest)d characters."),
    Fault.NO_LOWER: _("Use at least one lower-case letter."),
    Fault.NO_CAPITAL: _("Use at least one capital letter."),
    Fault.NO_DIGIT: _("Use at least one digit."),
    Fault.COMMON: _("This is, or contains, something that many people use and attackers try first."),
    Fault.PERSONAL: _("Do not use your name, your user name or the name of your authority."),
    Fault.LENGTH: _("The security code has exactly 12 characters."),
    Fault.CHARACTERS: _("Use only letters, digits and signs, no spaces."),
    Fault.REPEATED: _("Too many characters are the same: use at least eight different ones and repeat no part."),
    Fault.ROW: _("Do not use letters or digits in a row, as in the alphabet or on the keyboard."),
    Fault.DATE: _("Do not use the name of a month, or a year."),
}


def password_faults(password: str, about: Iterable[str], profile: str) -> list[Fault]:
    """Return what is wrong with a password.

    Args:
        password: as it was typed.
        about: names of the person and of the authority, which nobody may use.
        profile: ``classic`` or ``strong``.
    """
    secret = normal(password)
    found = [Fault.SHORT] if len(secret) < SHORTEST[profile] else []
    if len(secret) > LONGEST:
        return [Fault.LONG]
    if profile == CLASSIC:
        found += _missing_classes(secret)
    if secret.lower() in _common() or _latin(secret) in _common() or _is_pattern(secret.casefold()):
        found.append(Fault.COMMON)
    if _named(secret, about) and all(len(rest) < SHORTEST[CLASSIC] for rest in _without_names(secret, about)):
        found.append(Fault.PERSONAL)
    return found


def code_faults(code: str, about: Iterable[str]) -> list[Fault]:
    """Return what is wrong with a security code; arguments as for :func:`password_faults`."""
    secret = normal(code)
    if len(secret) != CODE_LENGTH:
        return [Fault.LENGTH]
    if not all(unicodedata.category(one)[0] in "LNPS" for one in secret):
        return [Fault.CHARACTERS]
    found = _missing_classes(secret)
    plain = secret.casefold()
    if len(set(plain)) < _FEWEST_DIFFERENT or _repeats(plain):
        found.append(Fault.REPEATED)
    if _rows(plain):
        found.append(Fault.ROW)
    if _dates(secret):
        found.append(Fault.DATE)
    if any(map(_words, _forms(secret))):
        found.append(Fault.COMMON)
    if _named(secret, about):
        found.append(Fault.PERSONAL)
    return found


def _missing_classes(secret: str) -> list[Fault]:
    checks = ((str.islower, Fault.NO_LOWER), (str.isupper, Fault.NO_CAPITAL), (str.isdecimal, Fault.NO_DIGIT))
    return [fault for is_one, fault in checks if not any(map(is_one, secret))]


def _forms(secret: str) -> set[str]:
    """A secret in Latin letters, as it stands and with the digits and signs read as the letters they look like."""
    return {_latin(secret), _latin(secret.translate(_LOOK_ALIKES))}


def _latin(text: str) -> str:
    return fold(text).replace(" ", "")


def _named(secret: str, about: Iterable[str]) -> bool:
    """Whether a secret contains a name."""
    return any(word in form for word in _name_words(about) for form in _forms(secret))


def _without_names(secret: str, about: Iterable[str]) -> list[str]:
    """What is left of a secret when every name in it is taken out."""
    words = sorted(_name_words(about), key=len, reverse=True)
    return [functools.reduce(lambda rest, word: rest.replace(word, ""), words, form) for form in _forms(secret)]


def _name_words(about: Iterable[str]) -> set[str]:
    words = {word for text in about for word in (*fold(text).split(), _latin(text))}
    return {word for word in words if len(word) >= _SHORTEST_NAME}


def _repeats(plain: str) -> bool:
    """Three equal characters in a row, or a part of four that comes twice."""
    if any(plain[index] == plain[index + 1] == plain[index + 2] for index in range(len(plain) - 2)):
        return True
    return any(plain.count(part) > 1 for part in _parts(plain, _ROW))


def _rows(plain: str) -> bool:
    """Four characters that follow one another in the alphabet, in the digits or on a keyboard, either way."""
    for part in _parts(plain, _ROW):
        steps = {ord(right) - ord(left) for left, right in itertools.pairwise(part)}
        if steps in ({1}, {-1}) or any(part in row or part[::-1] in row for row in _KEYBOARDS):
            return True
    return False


def _is_pattern(plain: str) -> bool:
    """A secret that is one part again and again, or little else than rows of letters, digits or keys."""
    if any(plain in plain[:length] * len(plain) for length in range(1, len(plain) // 2 + 1)):
        return True
    covered = {index + step for index, part in enumerate(_parts(plain, _ROW)) if _rows(part) for step in range(_ROW)}
    return len(plain) >= _ROW and len(plain) - len(covered) < _ROW


def _parts(text: str, length: int) -> list[str]:
    return [text[index : index + length] for index in range(len(text) - length + 1)]


def _dates(secret: str) -> bool:
    """A year, or the name of a month; one of three letters only as it stands, or too many signs would look like it."""
    plain, *others = _latin(secret), *_forms(secret)
    if any(part.isdecimal() and part[:2] in ("19", "20") for part in _parts(plain, 4)):
        return True
    return any(month in plain or (len(month) > _SHORTEST_NAME and month in "\n".join(others)) for month in _months())


def _words(form: str) -> bool:
    lengths = range(_SHORTEST_WORD, len(form) + 1)
    return any(part in _common() for length in lengths for part in _parts(form, length))


@functools.cache
def _common() -> frozenset[str]:
    """What everybody tries first: twenty thousand passwords, most of them words and names (Django's list)."""
    return frozenset(CommonPasswordValidator().passwords)


@functools.cache
def _months() -> frozenset[str]:
    """The names of the months in all our languages, in Latin letters."""
    found: set[str] = set()
    for language, _title in settings.LANGUAGES:
        try:
            months = Locale.parse(language.replace("-", "_")).months
        except UnknownLocaleError:
            continue
        for form in ("format", "stand-alone"):
            found |= {_latin(name) for name in months[form]["wide"].values()}
    return frozenset(name for name in found if len(name) >= _SHORTEST_NAME and not name.isdecimal())
