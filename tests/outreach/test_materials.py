"""Materials: uploads are checked, addresses lead to the web, and readers find what is meant for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imi.administration.reasons import Invalid, Refused
from imi.exchanges import tidying
from imi.files.actions import FileRefused, path_of
from imi.files.models import StoredFile
from imi.notify import chores
from imi.outreach import library, materials
from imi.outreach.library import MaterialFilter
from imi.outreach.materials import Version
from imi.outreach.models import Material, MaterialText
from tests.administration.country import NOW, SCHOOLS, who
from tests.outreach.conftest import Country

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LINK = Version("Ръководство за занаятчии", "Как се признава майстор.", url="https://example.org/guide")


def upload(content: bytes = b"%PDF-1.4 handbook") -> SimpleUploadedFile:
    return SimpleUploadedFile("handbook.pdf", content)


def found(reader: Any, **wish: Any) -> list[int]:
    return [one.pk for one in library.materials(who(reader), MaterialFilter(**wish)).rows]


def test_who_offers_and_who_finds(country: Country) -> None:
    with pytest.raises(Refused):
        materials.publish(who(country.masters), "link", TODAY, ("bg", LINK))
    ours = materials.publish(who(country.crafts), "link", TODAY, ("bg", LINK), now=NOW).pk
    schools = materials.publish(who(country.national), "link", TODAY, ("bg", LINK), areas=(SCHOOLS,)).pk
    film = Version("A film", url="https://example.org/film", minutes=4, subtitles="hu")
    everybody = materials.publish(who(country.national), "film", TODAY, ("en", film), abroad=True).pk
    assert found(country.masters) == [everybody, ours]
    assert found(country.abroad) == [everybody]
    assert schools not in found(country.crafts)
    assert found(country.masters, kind="film") == [everybody]
    assert found(country.masters, language="bg") == [ours]
    assert found(country.masters, words="РЪКОВОД занаят") == [ours]
    assert found(country.masters, words="нищо") == []
    text = MaterialText.objects.get(material=everybody)
    assert (text.minutes, text.subtitles) == (4, "hu")


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "ftp://example.org/", "https://", "http://a b"])
def test_addresses_lead_to_the_web(country: Country, address: str) -> None:
    with pytest.raises(Invalid):
        materials.publish(who(country.national), "link", TODAY, ("bg", Version("Връзка", url=address)))
    assert not Material.objects.exists()


def test_files_are_checked_and_kept_as_long_as_they_are_offered(country: Country) -> None:
    with pytest.raises(FileRefused):
        materials.publish(who(country.national), "document", TODAY, ("bg", Version("Х", upload=upload(b"MZ\x00"))))
    with pytest.raises(Invalid):
        materials.publish(who(country.national), "document", TODAY, ("bg", Version("Х")))
    given = ("bg", Version("Наръчник", upload=upload()))
    made = materials.publish(who(country.national), "document", TODAY, given, now=NOW)
    first = StoredFile.objects.get()
    assert first.kept_until is None
    materials.word(who(country.national), made.pk, "bg", Version("Наръчник 2"))
    assert MaterialText.objects.get().file_id == first.pk
    materials.word(who(country.national), made.pk, "bg", Version("Наръчник 3", upload=upload(b"%PDF-1.4 new")))
    second = MaterialText.objects.get().file
    assert tidying.unnamed_files(NOW + timedelta(days=900), 10) == [first.pk]
    materials.withdraw(who(country.national), made.pk, NOW)
    while chores.remove_files(NOW + timedelta(days=900)):
        pass
    assert not StoredFile.objects.exists()
    assert not path_of(second.pk).exists()


def test_another_coordinators_material_is_not_changed(country: Country) -> None:
    made = materials.publish(who(country.national), "link", TODAY, ("bg", LINK))
    for act in (
        lambda: materials.word(who(country.crafts), made.pk, "en", LINK),
        lambda: materials.withdraw(who(country.crafts), made.pk),
        lambda: materials.review(who(country.crafts), made.pk, TODAY, (), True),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.reason.code == "not_found"
