"""Addresses of the identities from outside that are linked with one's user."""

from __future__ import annotations

from django.urls import path

from imi.web.security import identities

urlpatterns = [
    path("", identities.identities, name="identities"),
    path("confirm", identities.confirm, name="identity_confirm"),
    path("<slug:service>/link", identities.link, name="identity_link"),
    path("<slug:service>/go", identities.go, name="identity_go"),
    path("<int:link_id>/unlink", identities.unlink, name="identity_unlink"),
]
