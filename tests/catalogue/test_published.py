"""The procedures of this repository are fit for publication."""

from __future__ import annotations

import pytest

from imi.catalogue.check import check_folder
from imi.catalogue.registry import DEFAULT_FOLDER, Catalogue


def test_no_procedure_breaks_a_rule_and_every_scenario_comes_true() -> None:
    faults = check_folder(DEFAULT_FOLDER, translations=False)
    assert [str(fault) for fault in faults if fault.severity == "error"] == []


@pytest.mark.parametrize("definition", Catalogue().procedures(), ids=lambda definition: definition.id)
def test_every_text_can_be_shown_in_every_language(definition) -> None:  # type: ignore[no-untyped-def]
    catalogue = Catalogue()
    english = catalogue.all_texts(definition.id)["en"]
    for lang in definition.area.languages:
        wording = catalogue.wording(definition.id, lang)
        assert all(wording.get(key, text).text for key, text in english.items())
