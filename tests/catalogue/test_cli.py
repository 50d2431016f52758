"""The commands as a person types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from imi.catalogue.cli import main
from imi.catalogue.registry import Catalogue
from imi.core.wording import content_hash

BOOK = "library/book-loan"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(toy: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str]:
        code = main(["--folder", str(toy), *words])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return command


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_list(run: Run) -> None:
    code, said = run("list")
    assert code == 0
    assert re.search(r"library/book-loan +Loan of a book +loan +2 +en hu", said)


def test_show(run: Run) -> None:
    code, said = run("show", BOOK)
    assert code == 0
    for wanted in ("Reading Act", "Being checked", "bk-2", "[after bk-1]", "4 calendar days", "lent-and-returned"):
        assert wanted in said


def test_an_unknown_name_is_answered_with_the_known_ones(run: Run) -> None:
    code, said = run("show", "library/film-loan")
    assert (code, "library/book-loan" in said) == (2, True)


def test_check(run: Run, toy: Path) -> None:
    assert run("check") == (0, "No faults, 0 notes.\n")
    edit(toy / "library/book-loan.yaml", ", personal: identity", ", impersonal: true")
    code, said = run("check", BOOK)
    assert code == 1
    assert "toy/library/book-loan.yaml:18:9: personal-without-class:" in said
    assert "1 faults" in said


def test_check_of_one_procedure_leaves_out_the_others(run: Run, toy: Path) -> None:
    (toy / "other").mkdir()
    (toy / "other/area.yaml").write_text("area: 7\n")
    assert run("check", BOOK)[0] == 0
    assert run("check")[0] == 1


def test_diagram(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "loan.svg"
    assert run("diagram", BOOK, "--svg", str(file), "--lang", "hu")[0] == 0
    assert "Kölcsönzés" in file.read_text()
    code, said = run("diagram", BOOK, "--narrow")
    assert (code, said.startswith("<svg")) == (0, True)


def test_simulate_scenarios(run: Run, toy: Path) -> None:
    code, said = run("simulate", BOOK, "all")
    assert (code, said.count("passed")) == (0, 3)
    edit(toy / "lifecycles/loan.yaml", "do: give_back, state: returned}", "do: give_back, state: lent}")
    code, said = run("simulate", BOOK, "lent-and-returned")
    assert code == 1
    assert "state: expected lent, got returned" in said
    assert run("simulate", BOOK, "unheard-of")[0] == 2


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    waiting = iter(lines)

    def answer(prompt: str) -> str:
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)


def test_simulate_by_hand(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "1", "1", "days=3", "", "why", "wait 1 day", "1", "", "wait 3 weeks", "2", "history", "quit")
    code, said = run("simulate", BOOK)
    assert code == 0
    assert "awaits lending-authority: Lend the book, due 2026-03-05" in said
    assert "lending-authority lent the book" in said
    assert "borrowing-authority gave the book back" in said
    assert "reminder: loan_period" in said
    assert "Nothing can be done" in said


def test_the_end_of_the_input_ends_the_play(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "1", "1")  # in the middle of a form
    assert run("simulate", BOOK)[0] == 0


def test_simulate_by_hand_explains_refusals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "1", "1", "days=99", "", "nonsense", "1", "lender=", "", "quit")
    _, said = run("simulate", BOOK)
    assert "Refused: invalid: days" in said
    assert "Refused: invalid: lender: required" in said


def test_diff_tells_wording_from_behaviour(run: Run, toy: Path, tmp_path: Path) -> None:
    stored = Catalogue(toy).get(BOOK)
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / f"{stored.content_hash}.json").write_text(stored.definition.model_dump_json(by_alias=True))
    words = ("diff", stored.content_hash[:12], BOOK, "--versions", str(versions))
    assert run(*words) == (0, "No difference.\n")
    edit(toy / "library/book-loan.yaml", "title: Loan of a book", "title: Lending a book")
    code, said = run(*words)
    assert (code, "Wording only" in said) == (0, True)
    edit(toy / "library/book-loan.questions.yaml", "answer: yes_no", "answer: text")
    code, said = run(*words)
    assert (code, "questions.questions.bk-1.answer: 'yes_no' -> 'text'" in said) == (4, True)
    assert content_hash(Catalogue(toy).get(BOOK).definition) != stored.content_hash


def test_diff_of_two_files(run: Run, toy: Path) -> None:
    second = toy / "library/second.yaml"
    second.write_text((toy / "library/book-loan.yaml").read_text().replace("procedure: book-loan", "procedure: second"))
    code, said = run("diff", str(toy / "library/book-loan.yaml"), str(second))
    assert (code, "Another id is another procedure." in said) == (4, True)
    assert run("diff", "nothing", BOOK)[0] == 2


def test_schema(run: Run, toy: Path) -> None:
    assert run("schema")[0] == 0
    assert json.loads((toy / "schema/procedure.json").read_text())["title"] == "Procedure"
    assert run("schema") == (0, "The schemas are up to date.\n")
    assert run("check")[0] == 0


@pytest.mark.parametrize("name", ["museum/picture-loan", "library/film-loan"])
def test_a_new_procedure_needs_only_its_texts(run: Run, toy: Path, name: str) -> None:
    assert run("new", name)[0] == 0
    code, said = run("check", name)
    assert code == 1
    rules = {line.split(": ")[1] for line in said.splitlines()[:-1]}
    assert rules == {"text-unfinished"} | ({"language-incomplete"} if name.startswith("library") else set())
    area, _, procedure = name.partition("/")
    for file in (toy / area).glob("*.yaml"):
        file.write_text(file.read_text().replace("TODO ", "A good "))
    assert [line for line in run("check", "--no-languages", name)[1].splitlines() if "error" in line] == []
    assert run("check", "--no-languages", name) == (0, "No faults, 0 notes.\n")
    for file in (toy / area / f"{procedure}.yaml", toy / area / f"{procedure}.questions.yaml"):
        assert file.read_text().startswith("# yaml-language-server: $schema=../schema/")


@pytest.mark.parametrize("name", ["library/book-loan", "Library/loan", "library", "../out/x", "a/b/c", "library/../x"])
def test_new_refuses_what_is_there_or_is_no_name(run: Run, toy: Path, name: str) -> None:
    before = sorted(toy.rglob("*"))
    assert run("new", name)[0] == 2
    assert sorted(toy.rglob("*")) == before


def test_texts(run: Run, toy: Path) -> None:
    edit(toy / "library/book-loan.yaml", "title: Loan of a book", "title: Lending a book")
    code, said = run("texts", "--missing", "hu")
    assert (code, "library: book-loan/procedure.title: Lending a book" in said) == (1, True)
    code, said = run("texts")
    assert re.search(r"library +hu +22 +21 +1 +0 +0", said)
    code, said = run("texts", "--languages", "lt,pt")
    assert code == 0
    assert (toy / "lifecycles/locale/pt.po").exists()


def test_texts_of_a_broken_folder_are_left_alone(run: Run, toy: Path) -> None:
    before = (toy / "library/locale/hu.po").read_text()
    edit(toy / "library/book-loan.yaml", "title: Loan of a book", "titel: Loan of a book")
    assert run("texts")[0] == 1
    assert (toy / "library/locale/hu.po").read_text() == before
