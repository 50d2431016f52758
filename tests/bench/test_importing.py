"""What the bench imports is what the product would have written."""

from __future__ import annotations

from datetime import date

import pytest

from bench import importing, product
from bench.data import World, generated
from bench.histories import histories
from imi.catalogue.registry import Catalogue
from imi.core.available import tasks, timers
from imi.core.evolve import replay
from imi.exchanges import definitions, record
from imi.exchanges.facts import facts_for
from imi.exchanges.models import Content, EventRecord, Exchange, NumberSeries, Tally, Task, Timer

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True), pytest.mark.slow]


def imported() -> World:
    world, catalogue = generated(0.0003, date.today()), Catalogue()  # noqa: DTZ011 -- any day will do
    product.publish(catalogue)
    product.load_directory(world, [area.area for area in catalogue.areas()])
    filled = histories(product.procedures(), world.countries)
    assert not Exchange.objects.exists(), "living the courses has left something behind"
    importing.load_history(world, filled)
    return world


def test_an_imported_history_holds() -> None:
    world = imported()
    assert Exchange.objects.count() == world.exchanges
    assert sum(NumberSeries.objects.values_list("last", flat=True)) == world.exchanges
    assert importing.faults(world.exchanges) == []
    for row in Exchange.objects.filter(phase="open"):
        compiled = definitions.compiled(row.definition_id)
        state = replay(compiled, row.number, record.history(row))
        facts = facts_for(compiled, state, "", row.updated_at)
        awaited = {(task.authority, role) for task in tasks(compiled, state, facts) for role in task.roles}
        assert awaited == set(Task.objects.filter(exchange=row).values_list("authority_id", "role"))
        running = {(one.deadline, one.days) for one in timers(compiled, state)}
        assert running == set(Timer.objects.filter(exchange=row).values_list("deadline", "days"))
    _breaks_are_found()


def _breaks_are_found() -> None:
    """The check of the import is worth something: it sees what does not hold."""
    first, second, third = Exchange.objects.order_by("pk")[:3]
    EventRecord.objects.filter(exchange=first, seq=1).update(authority="somebody-else")
    content = Content.objects.get(exchange=second)
    content.state["seq"] += 1
    content.save()
    Tally.objects.filter(pk=Tally.objects.order_by("pk")[0].pk).update(total=9999)
    wrong = " ".join(importing.faults(Exchange.objects.count()))
    assert f"{first.number} 1 changed" in wrong
    assert f"{second.number} fold" in wrong
    assert "tallies" in wrong
    assert third.number not in wrong
