"""A database that goes away gives a clear page, and everything works again when it is back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from imi.site import errors
from imi.site.middleware import DatabaseGoneMiddleware


def fault_of_sqlite(code: int) -> OperationalError:
    """Return Django's wrapping of an SQLite error with this result code."""
    cause = sqlite3.OperationalError("made for the test")
    cause.sqlite_errorcode = code
    fault = OperationalError("made for the test")
    fault.__cause__ = cause
    return fault


class PostgresqlError(Exception):
    """What psycopg raises, as far as it matters here."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("made for the test")
        self.sqlstate = sqlstate


def fault_of_postgresql(sqlstate: str | None) -> OperationalError:
    """Return Django's wrapping of a PostgreSQL error with this SQLSTATE; None while connecting."""
    fault = OperationalError("made for the test")
    fault.__cause__ = PostgresqlError(sqlstate)
    return fault


def test_faults_of_the_surroundings_are_told_from_faults_of_the_program() -> None:
    assert errors.database_is_away(fault_of_sqlite(sqlite3.SQLITE_CANTOPEN))
    assert errors.database_is_away(fault_of_sqlite(sqlite3.SQLITE_IOERR_WRITE))
    assert errors.database_is_away(fault_of_sqlite(sqlite3.SQLITE_BUSY))
    assert not errors.database_is_away(fault_of_sqlite(sqlite3.SQLITE_ERROR))
    assert errors.database_is_away(fault_of_postgresql(None))
    assert errors.database_is_away(fault_of_postgresql("57P01"))
    assert errors.database_is_away(fault_of_postgresql("53300"))
    assert not errors.database_is_away(fault_of_postgresql("57014"))
    assert errors.database_is_away(InterfaceError("connection already closed"))
    assert not errors.database_is_away(ProgrammingError("syntax"))
    assert not errors.database_is_away(ValueError("other"))


def gone(request: HttpRequest) -> HttpResponse:
    """Fail as a view does when the database cannot be reached."""
    raise fault_of_postgresql(None)


def wrong(request: HttpRequest) -> HttpResponse:
    """Fail as a view does when the program is wrong."""
    raise fault_of_sqlite(sqlite3.SQLITE_ERROR)


urlpatterns = [path("gone", gone), path("wrong", wrong)]
handler500 = "imi.site.errors.broken"


@pytest.mark.usefixtures("_forget_the_pause")
@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_its_database_answers_with_a_clear_page() -> None:
    response = Client(raise_request_exception=False).get("/gone")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["X-Frame-Options"] == "DENY"
    assert b"Traceback" not in response.content


@override_settings(ROOT_URLCONF=__name__)
def test_a_fault_of_the_program_is_not_disguised_as_an_absent_database() -> None:
    assert Client(raise_request_exception=False).get("/wrong").status_code == 500


@pytest.mark.usefixtures("_forget_the_pause")
@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["tests.site.broken_middleware.SessionWithoutDatabase"])
def test_a_middleware_without_its_database_answers_with_the_same_page() -> None:
    assert Client(raise_request_exception=False).get("/gone").status_code == 503


@pytest.fixture
def _forget_the_pause() -> Iterator[None]:
    yield
    errors._closed_until = 0.0


@pytest.mark.usefixtures("_forget_the_pause")
def test_while_nobody_can_connect_views_are_not_even_asked() -> None:
    asked = []

    def view(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return HttpResponse()

    middleware = DatabaseGoneMiddleware(view)
    request = RequestFactory().get("/")
    assert middleware(request).status_code == 200
    answer = middleware.process_exception(request, fault_of_postgresql(None))
    assert answer is not None
    assert answer.status_code == 503
    assert middleware(request).status_code == 503
    assert len(asked) == 1
    assert Client().get("/livez").status_code == 200


@pytest.mark.usefixtures("_forget_the_pause")
def test_a_locked_file_of_one_request_does_not_turn_the_others_away() -> None:
    middleware = DatabaseGoneMiddleware(lambda _request: HttpResponse())
    request = RequestFactory().get("/")
    assert middleware.process_exception(request, fault_of_sqlite(sqlite3.SQLITE_BUSY)) is not None
    assert middleware(request).status_code == 200
