"""The procedures of this repository are fit for publication."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from imi.catalogue.check import check_folder
from imi.catalogue.load import read_folder
from imi.catalogue.registry import DEFAULT_FOLDER, Catalogue
from imi.catalogue.scaffold import scaffold


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


@pytest.mark.parametrize("lifecycle", sorted(read_folder(DEFAULT_FOLDER).lifecycles))
def test_a_new_procedure_of_each_lifecycle_needs_only_its_texts(tmp_path: Path, lifecycle: str) -> None:
    folder = tmp_path / "procedures"
    shutil.copytree(DEFAULT_FOLDER, folder)
    for file in scaffold(read_folder(folder), "film-archives/film-request", lifecycle):
        file.write_text(file.read_text().replace("TODO ", "A good "))
    faults = check_folder(folder, frozenset({"film-archives/film-request"}), translations=False)
    assert [str(fault) for fault in faults] == []
