"""Addresses of the web application."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from imi.web import signing

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("session-ended", signing.session_ended, name="session_ended"),
    path("session", signing.renew_session, name="renew_session"),
    path("language", signing.set_language, name="set_language"),
]
if find_spec("imi.web.requests") and find_spec("imi.web.requests.urls"):
    urlpatterns.append(path("requests/", include("imi.web.requests.urls")))
