"""Every answer carries the headers that protect it, whatever it is (goal S-7)."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/livez", 200), ("post", "/livez", 405), ("get", "/no/such/page", 404), ("get", "/readyz", 200)],
)
def test_every_answer_carries_the_protective_headers(client: Client, method: str, path: str, status: int) -> None:
    response = getattr(client, method)(path)
    assert response.status_code == status
    for name, value in EXPECTED.items():
        assert response.headers[name] == value, name
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_an_unknown_host_is_refused_with_the_same_headers(client: Client) -> None:
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert response.headers["X-Frame-Options"] == "DENY"


def test_a_plain_request_id_is_kept(client: Client) -> None:
    assert client.get("/livez", headers={"x-request-id": "proxy-4711.a"}).headers["X-Request-ID"] == "proxy-4711.a"


@pytest.mark.parametrize("hostile", ["short", "a" * 65, 'abc"},{"level":"x"}', "abcdefgh ijkl"])
def test_a_strange_request_id_is_replaced(client: Client, hostile: str) -> None:
    answered = client.get("/livez", headers={"x-request-id": hostile}).headers["X-Request-ID"]
    assert answered != hostile
    assert len(answered) == 16


def test_cookies_are_bound_to_the_host_when_the_site_is_behind_tls() -> None:
    import os
    import subprocess
    import sys

    program = (
        "from imi.site import settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME)"
    )
    variables = {**os.environ, "IMI_HTTPS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__Host-imi-session", "True", "__Host-imi-csrf"]


@pytest.mark.django_db
def test_pages_travel_compressed_where_the_browser_can_read_it(client: Client) -> None:
    plain = client.get("/sign-in")
    packed = client.get("/sign-in", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


@pytest.mark.django_db
def test_what_is_no_page_is_not_compressed(client: Client) -> None:
    assert "Content-Encoding" not in client.get("/readyz", headers={"accept-encoding": "gzip"}).headers
