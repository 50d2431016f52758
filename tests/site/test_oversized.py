"""Oversized and malformed requests get a clear answer at once and nothing of them is kept (goal S-22)."""

from __future__ import annotations

import time

import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.parametrize(
    ("length", "status"), [(settings.LARGEST_REQUEST + 1, 413), (10**30, 413), ("-1", 400), ("٣", 400)]
)
def test_a_request_that_says_it_is_too_large_is_not_read(length: object, status: int) -> None:
    started = time.monotonic()
    response = Client().generic("POST", "/sign-in", b"x", "application/octet-stream", CONTENT_LENGTH=str(length))
    assert response.status_code == status
    assert time.monotonic() - started < 0.5
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_ten_thousand_fields_are_refused() -> None:
    fields = {f"field{number}": "x" for number in range(10_000)}
    assert Client().post("/sign-in", fields).status_code == 400


@pytest.mark.django_db
def test_ten_thousand_fields_in_a_plain_form_are_refused() -> None:
    body = "&".join(f"f{number}=x" for number in range(10_000))
    answer = Client().post("/sign-in", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["/%00", "/%ff%fe", "/" + "a" * 100_000, "/..%2f..%2fetc/passwd", "/requests/%0d%0aSet-Cookie:x"]
)
@pytest.mark.django_db
def test_a_strange_address_is_no_failure(path: str) -> None:
    response = Client().get(path)
    assert response.status_code in {301, 302, 400, 404, 414}
    assert "Set-Cookie" not in response.headers
