"""A folder of procedures as programs use it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from imi.catalogue import diagram
from imi.catalogue.diagram import DiagramError, lifecycle_svg
from imi.catalogue.fault import CatalogueError
from imi.catalogue.registry import DEFAULT_FOLDER, Catalogue
from imi.catalogue.schema import MODELS, schema
from imi.core.definition import Definition
from imi.core.wording import content_hash

BOOK = "library/book-loan"
SVG = "{http://www.w3.org/2000/svg}"


def test_what_a_folder_holds(toy: Path) -> None:
    catalogue = Catalogue(toy)
    assert [definition.id for definition in catalogue.procedures()] == [BOOK]
    assert [area.area for area in catalogue.areas()] == ["library"]
    assert [lifecycle.lifecycle for lifecycle in catalogue.lifecycles()] == ["loan"]
    compiled = catalogue.get(BOOK)
    assert compiled is catalogue.get(BOOK)
    assert compiled.content_hash == content_hash(compiled.definition)
    assert compiled.deadlines["answer"].amount == 4
    with pytest.raises(KeyError):
        catalogue.get("library/none")


def test_a_broken_folder_is_refused_with_its_faults(toy: Path) -> None:
    (toy / "library/area.yaml").write_text("area: library\n")
    with pytest.raises(CatalogueError) as refused:
        Catalogue(toy)
    assert {fault.rule for fault in refused.value.faults} == {"missing-key"}
    with pytest.raises(CatalogueError):
        Catalogue(toy / "nowhere")


def test_a_condition_that_is_not_understood_names_its_line(toy: Path) -> None:
    file = toy / "lifecycles/loan.yaml"
    text = file.read_text().replace("when: form.hurry", "when: form.hury")
    file.write_text(text)
    with pytest.raises(CatalogueError) as refused:
        Catalogue(toy).get(BOOK)
    [fault] = refused.value.faults
    assert "form.hury" in text.splitlines()[fault.line - 1]


def test_question_files_cannot_lie_elsewhere(toy: Path) -> None:
    (toy / "secret.yaml").write_text("categories: []\n")
    file = toy / "library/book-loan.yaml"
    file.write_text(file.read_text().replace("book-loan.questions.yaml", "../secret.yaml"))
    with pytest.raises(CatalogueError) as refused:
        Catalogue(toy)
    assert "unknown-reference" in {fault.rule for fault in refused.value.faults}


def test_a_definition_survives_storing(toy: Path) -> None:
    definition = Catalogue(toy).get(BOOK).definition
    stored = definition.model_dump_json(by_alias=True)
    assert Definition.model_validate(json.loads(stored)) == definition


@pytest.mark.skipif(not DEFAULT_FOLDER.is_dir(), reason="no procedures yet")
def test_the_whole_catalogue_loads_well_under_a_second() -> None:
    begun = time.process_time()
    catalogue = Catalogue()
    for definition in catalogue.procedures():
        catalogue.get(definition.id)
    assert time.process_time() - begun < 1


def test_the_catalogue_needs_no_django() -> None:
    code = "import sys, imi.catalogue.cli; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": "src"}, check=False).returncode == 0


# --- schema ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_schemas_describe_the_files(name: str) -> None:
    made = json.loads(schema(name))
    assert made["additionalProperties"] is False
    assert made["$schema"].endswith("2020-12/schema")


def test_a_question_set_may_leave_its_reasons_to_the_area() -> None:
    assert "cannot_say_reasons" not in json.loads(schema("questions"))["required"]


def test_steps_are_described_under_the_names_people_write() -> None:
    step = json.loads(schema("lifecycle"))["$defs"]["Step"]["properties"]
    assert {"as", "with"} <= set(step)


@pytest.mark.skipif(not DEFAULT_FOLDER.is_dir(), reason="no procedures yet")
@pytest.mark.parametrize("name", MODELS)
def test_the_committed_schemas_are_up_to_date(name: str) -> None:
    assert (DEFAULT_FOLDER / "schema" / f"{name}.json").read_text() == schema(name)


# --- pictures -------------------------------------------------------------------------------------------------------


def drawn(toy: Path, **options: object) -> ElementTree.Element:
    catalogue = Catalogue(toy)
    lang = str(options.pop("lang", "en"))
    lifecycle = catalogue.get(BOOK).lifecycle
    return ElementTree.fromstring(lifecycle_svg(lifecycle, catalogue.wording(BOOK, lang), **options))  # type: ignore[arg-type]


def groups(svg: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    found = [group for group in svg.iter(f"{SVG}g") if kind in group.get("class", "").split()]
    return {group.get("id", group.findtext(f"{SVG}title", "")): group for group in found}


def test_every_state_is_drawn_once_with_its_classes(toy: Path) -> None:
    svg = drawn(toy, current_state="asked", visited=("wanted", "asked"))
    classes = {key: group.get("class", "").split() for key, group in groups(svg, "state").items()}
    assert set(classes) == {f"lifecycle-{state}" for state in ("wanted", "asked", "checked", "lent", "returned")}
    assert {"state--start", "state--visited"} <= set(classes["lifecycle-wanted"])
    assert "state--current" in classes["lifecycle-asked"]
    assert "state--visited" not in classes["lifecycle-asked"]
    assert {"state--end", "state--success"} <= set(classes["lifecycle-returned"])
    assert not {"state--current", "state--visited"} & set(classes["lifecycle-lent"])


def test_arrows_name_their_actions(toy: Path) -> None:
    titles = set(groups(drawn(toy), "edge"))
    assert titles == {
        "Wanted → Asked: Ask for the book",
        "Asked → Being checked: Lend the book",
        "Asked → Lent: Lend the book",
        "Being checked → Lent: Release the loan",
        "Lent → Returned: Give the book back",
    }


def test_pictures_speak_the_readers_language(toy: Path) -> None:
    svg = drawn(toy, lang="hu")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Kölcsönzés")
    assert "HU Wanted" in " ".join(svg.itertext())


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_nothing_that_a_strict_policy_blocks(toy: Path, direction: str) -> None:
    svg = drawn(toy, direction=direction)
    for element in svg.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "g", "title", "rect", "path", "polygon", "text"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name]


def test_texts_are_text_and_never_markup(toy: Path) -> None:
    file = toy / "lifecycles/loan.yaml"
    evil = "title: '<script>alert(1)</script> \"; shape=none \\N & <b>'\n    summary: The library"
    file.write_text(re.sub(r"title: Asked\n    summary: The lending library", lambda _: evil, file.read_text()))
    svg = drawn(toy)
    assert not list(svg.iter("script"))
    assert not list(svg.iter(f"{SVG}script"))
    assert "<script>alert(1)</script>" in " ".join(svg.itertext())


def test_without_graphviz_it_says_so(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(diagram.shutil, "which", lambda _: None)
    with pytest.raises(DiagramError, match="not installed"):
        diagram.graphviz()


def test_the_systems_graphviz_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(diagram.shutil, "which", lambda name: "/usr/bin/dot" if name == "dot" else None)
    assert diagram.graphviz() == "/usr/bin/dot"
