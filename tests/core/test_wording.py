"""Keys of texts, and the identity of a definition without them."""

from __future__ import annotations

from pathlib import Path

from imi.catalogue.load import read_folder
from imi.core.definition import Definition
from imi.core.wording import behaviour, content_hash, located_texts, reworded, texts

TOY = Path(__file__).parents[1] / "catalogue" / "toy"


def toy() -> Definition:
    [joined] = read_folder(TOY).joined()
    return joined.definition


def test_keys_are_made_of_ids() -> None:
    found = texts(toy())
    assert found["states.asked.title"] == "Asked"
    assert found["states.lent.awaits.borrowing.give_back.title"] == "Give the book back"
    assert found["actions.ask.form.terms.days.label"] == "Days to answer"
    assert found["actions.ask.guards.abroad.reason"] == "Libraries of this country may not borrow."
    assert found["questions.bk-2.options.torn.label"] == "Torn"
    assert found["categories.book.topics.copies.title"] == "Copies"
    assert found["procedure.subject.reader.kind.options.bound.label"] == "Bound"
    assert found["procedure.acts.reading-act.basis.art_1.label"] == "Article 1: books travel"
    assert found["procedure.deadlines.answer.rule"] == "The Reading Act gives four days."
    assert found["area.title"] == "Libraries"
    assert found["lifecycle.title"] == "Loan"
    assert found["cannot_say_reasons.lost.label"] == "The catalogue is lost."


def test_no_two_texts_share_a_key() -> None:
    keys = [key for key, _, _ in located_texts(toy())]
    assert len(keys) == len(set(keys)) > 70


def test_the_parts_have_the_texts_of_the_whole() -> None:
    whole = toy()
    assert whole.questions is not None
    parts: dict[str, str] = {}
    for part in (whole.area, whole.procedure, whole.lifecycle, whole.questions):
        parts |= texts(part)
    assert parts == texts(whole)


def changed(definition: Definition, **parts: dict[str, object]) -> Definition:
    updates = {name: getattr(definition, name).model_copy(update=values) for name, values in parts.items()}
    return definition.model_copy(update=updates)


def test_words_are_not_behaviour() -> None:
    first = toy()
    second = changed(
        first,
        procedure={"title": "Another title", "risk": "None.", "scenarios": ()},
        area={"languages": ("en",), "summary": "Other words"},
        lifecycle={"title": "Other"},
    )
    assert content_hash(second) == content_hash(first)
    assert "Libraries lend" not in behaviour(first)


def test_behaviour_is_identity() -> None:
    first = toy()
    question = first.questions.questions[0].model_copy(update={"article": "Article 9"})  # type: ignore[union-attr]
    others = [
        changed(
            first, procedure={"retention": first.procedure.retention.model_copy(update={"delete_after_months": 30})}
        ),
        changed(first, lifecycle={"states": first.lifecycle.states[::-1]}),
        changed(first, questions={"questions": (question,)}),
        changed(first, area={"schemes": ()}),
    ]
    assert len({content_hash(one) for one in [first, *others]}) == 5


def test_a_stored_definition_keeps_its_identity() -> None:
    assert content_hash(toy()) == content_hash(Definition.model_validate_json(toy().model_dump_json(by_alias=True)))


def test_a_procedure_has_words_of_its_own_for_texts_of_its_lifecycle() -> None:
    first = toy()
    words = {"actions.ask.form.terms.days.label": "Weekdays to answer", "lifecycle.title": "Lending"}
    lifecycle = reworded(first.lifecycle, words)
    changed_texts = {key: text for key, text in texts(lifecycle).items() if texts(first.lifecycle)[key] != text}
    assert changed_texts == words
    second = changed(first, procedure={"words": words})
    assert texts(second)["procedure.words.lifecycle.title"] == "Lending"
    assert content_hash(second.model_copy(update={"lifecycle": lifecycle})) == content_hash(first)


def test_words_for_no_text_change_nothing() -> None:
    assert reworded(toy().lifecycle, {"states.gone.title": "Gone"}) == toy().lifecycle
