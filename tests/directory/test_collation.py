"""Names stand where readers look for them, on both databases alike."""

from __future__ import annotations

from itertools import pairwise

import pytest

from imi.directory import queries
from imi.directory.actions import NewAuthority, load_authorities
from imi.directory.collation import LETTERS, sort_key, stored_key
from imi.directory.models import Authority
from imi.directory.reference import name_key

# Each list stands in the order of a dictionary of its language.
IN_ORDER = {
    "hu": ["Bánya", "cukor", "csap", "Édes", "Egri", "kör", "nap", "nyár", "ország", "öröm", "Őrség", "zöld", "zsír"],
    "bg": ["Агенция", "Български", "Варна", "Габрово", "Железари", "Зъболекари", "Йога", "Министерство", "Юристи"],
    "el": ["Αθήνα", "Άρτα", "Βόλος", "Ζωγράφου", "Ηράκλειο", "Θήβα", "Ξεναγοί", "Ωραιόκαστρο"],
    "sv": ["Arbete", "Teknik", "Zon", "Åklagare", "Äktenskap", "Öresund"],
    "fr": ["Agence", "école", "État", "europe", "Zone"],
    "es": ["Nación", "Navarra", "ñandú", "Oficina"],
}


@pytest.mark.parametrize("lang", IN_ORDER)
def test_a_stored_key_orders_like_the_language(lang: str) -> None:
    keys = [stored_key(name, lang).encode() for name in IN_ORDER[lang]]
    assert keys == sorted(keys)
    for one, other in pairwise(IN_ORDER[lang]):
        assert sort_key(one, lang) < sort_key(other, lang)


def test_a_stored_key_fits_its_column_and_holds_odd_names() -> None:
    assert len(stored_key("ß" * 300, "de")) == 2 * LETTERS == Authority._meta.get_field("sort_key").max_length
    assert stored_key("– (!)", "de") == ""
    assert name_key("Név", "XX") == name_key("nev", "XX")


@pytest.mark.usefixtures("world")
def test_the_directory_lists_a_country_in_its_order() -> None:
    names = IN_ORDER["hu"]
    load_authorities(
        NewAuthority(id=f"hu-order-{place}", kind="competent", country="HU", name=name)
        for place, name in enumerate(reversed(names))
    )
    found = queries.find_authorities("pt", "", country="HU", size=50)
    assert [one.authority.name for one in found if one.authority.pk.startswith("hu-order")] == names
    paged = [
        one.authority.pk
        for page in (1, 2, 3)
        for one in queries.find_authorities("pt", "", country="HU", page=page, size=6)
    ]
    assert paged == [one.authority.pk for one in found]
