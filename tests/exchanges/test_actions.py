"""Actions end to end through the shell: effects, refusals, repetition, races, and what lists say afterwards."""

from __future__ import annotations

from collections import Counter

import pytest

from imi.core.evolve import replay
from imi.exchanges import actions, definitions, lists, queries, record
from imi.exchanges.models import EventRecord, Exchange, Look, Participation, Tally, Task, Telling

from .conftest import SEND, World


def recounted() -> Counter[tuple[str, str, str, str]]:
    """The tallies as they must be."""
    return Counter(
        Participation.objects.values_list("authority_id", "area_id", "direction", "state"),
    )


def stored_tallies() -> Counter[tuple[str, str, str, str]]:
    """The tallies as they are, without empty ones."""
    rows = Tally.objects.exclude(total=0).values_list("authority_id", "area_id", "direction", "state", "total")
    return Counter({tuple(row[:4]): row[4] for row in rows})


def test_a_request_lives_from_draft_to_closed(world: World) -> None:
    number = world.answered()
    assert isinstance(world.act("asker", number, "close", timeliness="good", effort="good"), actions.Done)
    row = Exchange.objects.get(number=number)
    assert (row.state, row.phase, row.seq) == ("closed", "done", 5)
    assert list(record.verify([row])) == []
    assert not Task.objects.filter(exchange=row).exists()


def test_the_stored_state_is_what_the_history_folds_to(world: World) -> None:
    number = world.answered()
    row = Exchange.objects.get(number=number)
    compiled = definitions.compiled(row.definition_id)
    assert replay(compiled, number, record.history(row)) == actions.state_of(row)


def test_tallies_equal_a_recount(world: World) -> None:
    world.answered()
    world.sent()
    world.open()
    number = world.sent()
    world.act("answerer", number, "forward", target="pt-other", comment="Not ours.")
    assert stored_tallies() == recounted()


def test_a_draft_is_listed_by_its_own_authority_only(world: World) -> None:
    number = world.open()
    assert [p.authority_id for p in Participation.objects.filter(number=number)] == ["hu-trade"]


def test_sending_tells_handlers_mailbox_and_awaits_acceptance(world: World) -> None:
    number = world.sent()
    told = set(Telling.objects.filter(event__exchange__number=number).values_list("authority_id", "role"))
    assert {("pt-works", "handler"), ("pt-works", "mailbox")} <= told
    task = lists.tasks(world.people["answerer"], world.now).tasks[0]
    assert (task.number, task.action) == (number, "accept")
    assert lists.tasks(world.people["asker"], world.now).tasks == []


def test_the_same_submission_has_one_effect_and_the_same_answer(world: World) -> None:
    number = world.sent()
    first = world.act("answerer", number, "accept", days=10, key="same")
    again = world.act("answerer", number, "accept", days=10, key="same")
    assert isinstance(first, actions.Done)
    assert isinstance(again, actions.Done)
    assert (again.number, again.seq, again.repeated) == (first.number, first.seq, True)
    assert EventRecord.objects.filter(exchange__number=number, name="accept").count() == 1


def test_a_key_with_another_content_is_a_fault(world: World) -> None:
    number = world.sent()
    world.act("answerer", number, "accept", days=10, key="same")
    with pytest.raises(actions.KeyReused):
        world.act("answerer", number, "accept", days=11, key="same")


def test_the_second_of_two_is_told_who_was_first(world: World) -> None:
    number = world.sent()
    seen = Exchange.objects.get(number=number).seq
    assert isinstance(world.act("answerer", number, "accept", days=10, seen=seen), actions.Done)
    refused = world.act("answermate", number, "accept", days=12, seen=seen)
    assert isinstance(refused, actions.Refused)
    assert refused.latest is not None
    assert refused.latest.user == str(world.people["answerer"].user_id)


def test_a_refusal_changes_nothing(world: World) -> None:
    number = world.sent()
    before = Exchange.objects.values().get(number=number)
    refused = world.act("asker", number, "accept", days=10)
    assert isinstance(refused, actions.Refused)
    assert refused.refusal.code == "party"
    assert Exchange.objects.values().get(number=number) == before


def test_who_has_no_part_learns_nothing(world: World) -> None:
    number = world.sent()
    for name in ("stranger", "other"):
        with pytest.raises(actions.NoSuchExchange):
            queries.view(world.people[name], number, "page", now=world.now)
        with pytest.raises(actions.NoSuchExchange):
            world.act(name, number, "accept", days=3)


def test_another_area_of_the_own_authority_does_not_open_it(world: World) -> None:
    number = world.sent()
    viewing = queries.view(world.people["otherarea"], number, "page", now=world.now)
    assert viewing.aspects == {"overview"}


def test_before_acceptance_the_responder_sees_neither_person_nor_files(world: World) -> None:
    number = world.sent()
    viewing = queries.view(world.people["answerer"], number, "page", now=world.now)
    assert "request" in viewing.aspects
    assert not {"personal", "attachments", "answers"} & viewing.aspects
    assert viewing.shown.personal_masked
    personal = viewing.compiled.personal_fields
    assert not personal & set(viewing.shown.content)


def test_linked_authorities_and_basic_users_see_the_overview(world: World) -> None:
    number = world.accepted()
    for name in ("onlooker", "reader"):
        viewing = queries.view(world.people[name], number, "page", now=world.now)
        assert viewing.aspects == {"overview"}
        assert viewing.shown.content == {}
        assert viewing.shown.items == ()


def test_every_look_at_personal_data_is_logged(world: World) -> None:
    number = world.accepted()
    queries.view(world.people["answerer"], number, "page", request_id="r-1", now=world.now)
    queries.view(world.people["reader"], number, "page", request_id="r-2", now=world.now)
    look = Look.objects.get(exchange__number=number)
    assert (look.user_id, look.request_id) == (world.people["answerer"].user_id, "r-1")
    assert "personal" in look.aspects


def test_forwarding_moves_the_request_and_leaves_a_trace(world: World) -> None:
    number = world.sent()
    done = world.act("answerer", number, "forward", target="pt-other", comment="Not ours.")
    assert isinstance(done, actions.Done), done
    places = dict(Participation.objects.filter(number=number).values_list("authority_id", "direction"))
    assert places["pt-other"] == "received"
    assert places["pt-works"] == "handed_over"
    viewing = queries.view(world.people["answerer"], number, "page", now=world.now)
    assert viewing.aspects == {"overview"}


def test_splitting_opens_a_second_request_for_the_chosen_questions(world: World) -> None:
    number = world.accepted()
    done = world.act("answerer", number, "split", items="some", target="pt-other", comment="Yours.")
    assert isinstance(done, actions.Done), done
    part = Exchange.objects.get(parent__number=number)
    whole, rest = actions.state_of(part), actions.state_of(Exchange.objects.get(number=number))
    assert {i.question for i in whole.items}.isdisjoint({i.question for i in rest.items})
    assert part.state == "sent"
    assert whole.parties["responding"] == ("pt-other",)
    assert rest.parts == (part.number,)
    assert list(record.verify(Exchange.objects.all())) == []


def test_allocation_directs_the_task_to_the_chosen(world: World) -> None:
    from imi.directory.models import Access

    Access.objects.filter(authority="pt-works").update(settings={"uses_allocation": True})
    number = world.sent()
    mate = str(world.people["answermate"].user_id)
    assert isinstance(world.act("answerer", number, "allocate", handlers=[mate]), actions.Done)
    assert [t.action for t in lists.tasks(world.people["answermate"], world.now).tasks] == ["accept"]
    assert "accept" not in [t.action for t in lists.tasks(world.people["answerer"], world.now).tasks]
    refused = world.act("answerer", number, "accept", days=3)
    assert isinstance(refused, actions.Refused)
    assert refused.refusal.code == "allocated"


def test_drafts_are_shared_and_not_overwritten_unawares(world: World) -> None:
    number = world.open()
    first = actions.save_draft(world.people["asker"], number, "send", {"justification": "a"}, now=world.now)
    assert isinstance(first, actions.DraftSaved)
    mine = actions.save_draft(
        world.people["askermate"], number, "send", {"justification": "b"}, version=first.version, now=world.now
    )
    assert isinstance(mine, actions.DraftSaved)
    late = actions.save_draft(
        world.people["asker"], number, "send", {"justification": "c"}, version=first.version, now=world.now
    )
    assert isinstance(late, actions.DraftOvertaken)
    assert late.by == "Askermate Test"


def test_who_may_not_act_may_not_keep_a_draft(world: World) -> None:
    number = world.open()
    refused = actions.save_draft(world.people["reader"], number, "send", {}, now=world.now)
    assert isinstance(refused, actions.Refused)
    assert refused.refusal.code == "role"


def test_a_missing_field_names_itself_and_nothing_is_stored(world: World) -> None:
    number = world.open()
    refused = world.act("asker", number, "send", **{**SEND, "justification": ""})
    assert isinstance(refused, actions.Refused)
    assert [error.path for error in refused.refusal.errors] == ["justification"]
    assert Exchange.objects.get(number=number).state == "draft"


@pytest.mark.parametrize(("column", "value"), [("name", "reply"), ("state", "closed"), ("user", "999")])
def test_an_edited_event_is_found(world: World, column: str, value: str) -> None:
    number = world.accepted()
    EventRecord.objects.filter(exchange__number=number, seq=2).update(**{column: value})
    breaks = list(record.verify(Exchange.objects.filter(number=number)))
    assert [(one.seq, one.reason) for one in breaks] == [(2, "changed")]


def test_a_cut_off_history_is_found(world: World) -> None:
    number = world.accepted()
    last = EventRecord.objects.filter(exchange__number=number).order_by("-seq").first()
    assert last is not None
    last.payload.delete()
    Telling.objects.filter(event=last).delete()
    last.delete()
    assert [one.reason for one in record.verify(Exchange.objects.filter(number=number))] == ["tail"]


def test_an_erased_payload_leaves_the_chain_whole(world: World) -> None:
    number = world.accepted()
    for event in EventRecord.objects.filter(exchange__number=number):
        event.payload.delete()
    assert list(record.verify(Exchange.objects.filter(number=number))) == []


def test_the_id_of_a_foreign_file_is_no_right_to_it(world: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from imi.files.actions import as_attachment, store

    number = world.accepted()
    theirs = world.people["stranger"]
    foreign = as_attachment(store(SimpleUploadedFile("x.pdf", b"%PDF-1.7 x"), theirs.user_id, theirs.authority_id))
    refused = world.act("answerer", number, "message", text="See this.", attachments=[foreign])
    assert isinstance(refused, actions.Refused)
    assert [(error.path, error.code) for error in refused.refusal.errors] == [("attachments", "not_files")]
    mine = world.people["answerer"]
    own = as_attachment(store(SimpleUploadedFile("x.pdf", b"%PDF-1.7 x"), mine.user_id, mine.authority_id))
    assert isinstance(world.act("answerer", number, "message", text="See this.", attachments=[own]), actions.Done)
