"""A program: fills a database as it was before plans had texts, migrates it, and says what has become of the rows."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

import django
from django.db.models import AutoField

OLD = [("outreach", "0001_initial"), ("accounts", "0004_what_is_seldom")]
NOW = datetime(2026, 5, 5, 9, tzinfo=UTC)
FILLED = {"DateTimeField": NOW, "DateField": NOW.date(), "JSONField": []}


def made(model: Any, **values: Any) -> Any:
    """A row in which only what matters has a meaning."""
    for field in model._meta.concrete_fields:
        given = field.attname in values or field.name in values or field.null or field.has_default()
        if not (given or isinstance(field, AutoField)):
            values[field.attname] = FILLED.get(field.get_internal_type(), "x")
    return model.objects.create(**values)


def fill(old: Any) -> None:
    """Requests that were given twice, one without a word of why, and plans of several kinds."""

    def model(app: str, name: str) -> Any:
        return old.get_model(app, name)

    country = made(model("directory", "Country"), pk="BG", timezone="UTC")
    host = made(model("directory", "Authority"), pk="host", country=country, kind="competent")
    users = model("accounts", "User")
    ana, ben = (made(users, pk=pk, username=f"u{pk}", email=f"u{pk}@x.example", authority=host) for pk in (1, 2))
    requests = model("outreach", "TrainingRequest")
    common = {"asked_by": ben, "coordinator": host}
    for pk, person, state, why in (
        (1, ana, "given", "why"),
        (2, ana, "given", "again"),
        (3, ana, "open", "once more"),
        (4, ben, "given", ""),
    ):
        asked = made(requests, pk=pk, person=person, state=state, why=why, **common)
        made(model("outreach", "Note"), user=person, kind="training_given", key=f"{pk}", request=asked)
    for pk, title, language, todos in ((1, "T" * 200, "bg", ["a", "b"]), (2, "", "en", [""]), (3, "none", "pt", [])):
        plan = made(model("outreach", "Plan"), pk=pk, host=host, title=title, text="x", language=language)
        for words in todos:
            todo = made(model("outreach", "ToDo"), plan=plan, title=words)
            made(model("outreach", "Done"), todo=todo, authority=host, by_user=ana)


def main() -> None:
    """Do it with the database of the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "imi.site.settings"
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    before = OLD + [one for one in newest if one[0] not in dict(OLD)]
    executor.migrate(before)
    executor = MigrationExecutor(connection)
    fill(executor.loader.project_state(before).apps)
    executor.migrate(newest)
    from imi.outreach.models import Note, Plan, PlanText, TrainingRequest

    told = {
        "requests": list(TrainingRequest.objects.order_by("pk").values_list("pk", "state")),
        "notes": list(Note.objects.order_by("key").values_list("key", "request")),
        "texts": list(PlanText.objects.order_by("plan").values_list("plan", "lang", "title", "body", "todos")),
        "done": {one.pk: [todo.done.count() for todo in one.todos.order_by("number")] for one in Plan.objects.all()},
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
