"""Addresses of the pages about one's own way to sign in."""

from __future__ import annotations

from django.urls import path

from imi.web.security import codes, factors, own

urlpatterns = [
    path("", own.security, name="security"),
    path("prove", own.prove, name="prove"),
    path("password", own.password, name="change_password"),
    path("code", own.code, name="change_code"),
    path("app", factors.app, name="add_app"),
    path("passkey", factors.passkey, name="add_passkey"),
    path("factors/<int:factor_id>/name", factors.rename, name="rename_factor"),
    path("factors/<int:factor_id>/remove", factors.remove, name="remove_factor"),
    path("recovery", codes.shown, name="recovery_codes"),
    path("recovery/new", codes.renew, name="renew_codes"),
]
