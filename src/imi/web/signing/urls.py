"""Addresses of signing in and out, of sessions, and of the language, which is chosen before anybody is known."""

from __future__ import annotations

from django.urls import path

from imi.web.signing import outside, second_step, steps, typed

urlpatterns = [
    path("sign-in", steps.sign_in, name="sign_in"),
    path("sign-in/code", steps.code, name="sign_in_code"),
    path("sign-in/own-password", steps.own_password, name="own_password"),
    path("sign-in/own-code", steps.own_code, name="own_code"),
    path("sign-in/second", second_step.second_factor, name="second_factor"),
    path("sign-in/set-up", second_step.set_up, name="second_set_up"),
    path("sign-in/set-up/app", second_step.set_up_app, name="second_set_up_app"),
    path("sign-in/set-up/passkey", second_step.set_up_passkey, name="second_set_up_passkey"),
    path("sign-in/passkey", second_step.passkey, name="passkey"),
    path("sign-out", steps.sign_out, name="sign_out"),
    path("sign-in/client-keys", outside.client_keys, name="client_keys"),
    path("sign-in/not-linked", outside.not_linked, name="not_linked"),
    path("sign-in/with/<slug:service>", outside.go, name="sign_in_with"),
    path("sign-in/with/<slug:service>/back", outside.back, name="back_from"),
    path("sign-in/with/<slug:service>/ended", outside.ended, name="ended_by"),
    path("sign-in/with/<slug:service>/leave", outside.leave, name="leave_too"),
    path("session-ended", steps.session_ended, name="session_ended"),
    path("session-ended/typed", typed.typed, name="typed"),
    path("session", steps.renew_session, name="renew_session"),
    path("language", steps.set_language, name="set_language"),
]
