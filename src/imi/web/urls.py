"""Addresses of the web application."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from imi.web import account, directory, home, lists, news, pages, second_step, signing, training, typed
from imi.web.desk import views as desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="home"),
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-in/code", signing.code, name="sign_in_code"),
    path("sign-in/own-password", signing.own_password, name="own_password"),
    path("sign-in/own-code", signing.own_code, name="own_code"),
    path("sign-in/second", second_step.second_factor, name="second_factor"),
    path("sign-in/set-up", second_step.set_up, name="second_set_up"),
    path("sign-in/set-up/app", second_step.set_up_app, name="second_set_up_app"),
    path("sign-in/set-up/passkey", second_step.set_up_passkey, name="second_set_up_passkey"),
    path("sign-in/passkey", second_step.passkey, name="passkey"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("join/", include("imi.web.registration.urls")),
    path("session-ended", signing.session_ended, name="session_ended"),
    path("session-ended/typed", typed.typed, name="typed"),
    path("session", signing.renew_session, name="renew_session"),
    path("language", signing.set_language, name="set_language"),
    path("account/", account.account, name="account"),
    path("account/sessions/end", account.end_sessions, name="end_sessions"),
    path("account/security/", include("imi.web.security.urls")),
    path("administration/", include("imi.web.administration.urls")),
    path("administration/", include("imi.web.administration.authority_urls")),
    path("tasks/", lists.task_list, name="tasks"),
    path("exchanges/", lists.exchange_list, name="exchanges"),
    path("exchanges/allocate", lists.allocate_many, name="allocate_many"),
    path("exchanges/filters/save", lists.save_filter, name="save_filter"),
    path("exchanges/filters/remove", lists.remove_filter, name="remove_filter"),
    path("requests/", include("imi.web.requests.urls")),
    path("directory/", directory.search, name="directory"),
    path("directory/<slug:authority_id>/", directory.authority, name="authority"),
    path("registers/", directory.register_list, name="registers"),
    path("notices/", news.notice_list, name="notices"),
    path("notices/read", news.mark_all_read, name="notices_read"),
    path("", include("imi.web.help.urls")),
    path("desk/", desk.desk, name="desk"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("training/", training.chooser, name="training"),
    path("training/become", training.become, name="become"),
    path("training/counterparts", training.counterparts, name="counterparts"),
    path("training/mailbox", training.mailbox, name="training_mailbox"),
]
