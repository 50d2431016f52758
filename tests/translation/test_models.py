"""The folder of models: what is not as its manifest says is not read, and unknown files are refused."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from imi.translation import engines, folders
from imi.translation.bergamot import Bergamot
from imi.translation.engine import Route, Untranslatable
from imi.translation.folders import BadModels


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.IMI_TRANSLATION_MODELS, settings.IMI_TRANSLATION_PACKAGE = tmp_path / "models", False
    return tmp_path / "models"


@pytest.fixture
def package(settings: Any) -> dict[tuple[str, str], folders.Found]:
    settings.IMI_TRANSLATION_PACKAGE = True
    found = dict(folders.models())
    settings.IMI_TRANSLATION_PACKAGE = False
    return found


def add(package: dict[tuple[str, str], folders.Found], pair: tuple[str, str], hashes: Path, wrong: bool = False) -> str:
    found = package[pair]
    lines = [f"{'0' * 64 if wrong else file.sha256}  {file.name}" for file in found.entry.files()]
    hashes.write_text("\n".join(lines), encoding="utf-8")
    folder = found.path(found.entry.model).parent
    out = StringIO()
    call_command("translation_models", "add", *pair, str(folder), "--hashes", str(hashes), stdout=out)
    return out.getvalue()


def test_a_model_is_added_listed_verified_and_used(home: Path, package: Any, tmp_path: Path) -> None:
    assert engines.route("pt", "en") is None
    assert "3 files added" in add(package, ("pt", "en"), tmp_path / "hashes")
    assert "3 files added" in add(package, ("en", "pt"), tmp_path / "hashes")
    out = StringIO()
    call_command("translation_models", "list", stdout=out)
    call_command("translation_models", "verify", stdout=out)
    assert "pt-en" in out.getvalue()
    assert "2 models are as their manifest says" in out.getvalue()
    route = engines.route("pt", "en")
    assert route is not None
    assert "guides" in Bergamot().translate("Guias turísticos.", route)


def test_a_file_whose_hash_nobody_gave_is_refused(home: Path, package: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="hash is another one"):
        add(package, ("pt", "en"), tmp_path / "hashes", wrong=True)
    assert folders.models() == {}


def test_a_file_that_was_changed_is_not_read(home: Path, package: Any, tmp_path: Path) -> None:
    add(package, ("pt", "en"), tmp_path / "hashes")
    found = folders.models()["pt", "en"]
    found.path(found.entry.vocabulary).write_bytes(b"something else")
    with pytest.raises(CommandError, match="1 files are not"):
        call_command("translation_models", "verify", stderr=StringIO())
    route = engines.route("pt", "en")
    assert route is not None
    with pytest.raises(Untranslatable, match="bad_model"):
        Bergamot().translate("Guias", route)


@pytest.mark.parametrize("text", ["", "{", '{"models": [{"source": "pt"}]}', '{"other": 1}', "[]"])
def test_a_malformed_manifest_is_no_engine_and_no_fault_of_pages(home: Path, text: str) -> None:
    home.mkdir()
    (home / folders.MANIFEST).write_text(text, encoding="utf-8")
    assert engines.installed() == []
    with pytest.raises(CommandError):
        call_command("translation_models", "list")


def test_a_manifest_leads_nowhere_else(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    file = {"name": "../secret", "sha256": "0" * 64}
    entry = {"source": "en", "target": "pt", "version": "1", "model": file, "vocabulary": file}
    (home / folders.MANIFEST).write_text(json.dumps({"models": [entry]}), encoding="utf-8")
    found = folders.models()["en", "pt"]
    with pytest.raises(BadModels, match="outside"):
        found.read(found.entry.model)


def test_two_models_are_joined_over_english(home: Path, package: Any, tmp_path: Path) -> None:
    """There are weights for one pair only: the Portuguese ones stand in for a second language of the same words."""
    add(package, ("pt", "en"), tmp_path / "hashes")
    add(package, ("en", "pt"), tmp_path / "hashes")
    manifest = json.loads((home / folders.MANIFEST).read_text())
    manifest["models"] += [{**one, "source": "pt-br"} for one in manifest["models"] if one["source"] == "pt"]
    (home / folders.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    route = engines.route("pt-br", "pt")
    assert route == Route("fxtranslate", route.version if route else "", "pt-br", "pt", "en")
    result = Bergamot().translate("Guias turísticos, Lei 9/2009, guias@turismo.example.", route)
    assert "guias" in result.lower()
    assert "guias@turismo.example" in result
    assert "9/2009" in result
    assert engines.route("hu", "pt") is None
