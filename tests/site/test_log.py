"""The log is one line of JSON per happening and tells nothing about anybody."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from imi.site.jsonlog import JsonFormatter, request_id


def line(message: str, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("imi.test", logging.INFO, __file__, 1, message, None, None)
    record.__dict__.update(extra)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    read: dict[str, object] = json.loads(text)
    return read


def test_a_line_break_in_a_message_cannot_forge_a_line() -> None:
    assert line('one\n{"level": "critical"}')["message"] == 'one\n{"level": "critical"}'


def test_the_request_id_is_on_the_line() -> None:
    token = request_id.set("abc12345")
    try:
        assert line("hello")["request_id"] == "abc12345"
    finally:
        request_id.reset(token)


def test_only_known_extras_reach_the_log() -> None:
    written = line("hello", event="test", name_of_person="Ann")
    assert written["event"] == "test"
    assert "name_of_person" not in written


def test_a_chore_that_fails_says_which_and_at_what() -> None:
    written = line("chore_failed", chore="tell", id=7, attempt=2)
    assert (written["chore"], written["id"], written["attempt"]) == ("tell", 7, 2)


@pytest.mark.django_db
def test_what_the_database_says_of_a_row_that_it_refuses_stays_out() -> None:
    """PostgreSQL puts the whole row into its error, whatever a person has written in it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said (what text CHECK (what = ''))")
    written = ["The secret\n\nof Ann"]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO said VALUES (%s)", written)
    except IntegrityError:
        failed = logging.LogRecord("imi.test", logging.ERROR, __file__, 1, "chore_failed", None, sys.exc_info())
    text = json.loads(JsonFormatter().format(failed))["traceback"]
    assert "IntegrityError" in text
    assert "test_log.py" in text
    assert "secret" not in text
    assert "Ann" not in text


def test_an_answered_request_is_logged_by_route_without_its_query(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="imi.request")
    client.get("/no/such/page?surname=Secret")
    assert caplog.records[-1].status == 404  # type: ignore[attr-defined]
    assert all("Secret" not in JsonFormatter().format(record) for record in caplog.records)
