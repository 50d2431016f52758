"""The languages of the site: the 24 official ones of the Union, Norwegian and Icelandic, by their own names."""

from __future__ import annotations

import django.conf.locale

LANGUAGES = [
    ("bg", "български"),
    ("cs", "čeština"),
    ("da", "dansk"),
    ("de", "Deutsch"),
    ("el", "ελληνικά"),
    ("en", "English"),
    ("es", "español"),
    ("et", "eesti"),
    ("fi", "suomi"),
    ("fr", "français"),
    ("ga", "Gaeilge"),
    ("hr", "hrvatski"),
    ("hu", "magyar"),
    ("is", "íslenska"),
    ("it", "italiano"),
    ("lt", "lietuvių"),
    ("lv", "latviešu"),
    ("mt", "Malti"),
    ("nb", "norsk bokmål"),
    ("nl", "Nederlands"),
    ("pl", "polski"),
    ("pt", "português"),
    ("ro", "română"),
    ("sk", "slovenčina"),
    ("sl", "slovenščina"),
    ("sv", "svenska"),
]


def teach_django_maltese() -> None:
    """Tell Django about Maltese, the one official language of the Union that it does not know."""
    maltese = {"bidi": False, "code": "mt", "name": "Maltese", "name_local": "Malti"}
    django.conf.locale.LANG_INFO.setdefault("mt", maltese)
