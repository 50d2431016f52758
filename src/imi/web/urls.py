"""Addresses of the web application."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from imi.web import account, directory, home, lists, news, organisation, pages, training
from imi.web.administration import mail_problems
from imi.web.desk import decisions
from imi.web.desk import views as desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="home"),
    path("", include("imi.web.signing.urls")),
    path("join/", include("imi.web.registration.urls")),
    path("account/", account.account, name="account"),
    path("account/sessions/end", account.end_sessions, name="end_sessions"),
    path("account/security/", include("imi.web.security.urls")),
    path("account/identities/", include("imi.web.security.identity_urls")),
    path("administration/", include("imi.web.administration.urls")),
    path("administration/", include("imi.web.administration.authority_urls")),
    path("tasks/", lists.task_list, name="tasks"),
    path("exchanges/", lists.exchange_list, name="exchanges"),
    path("exchanges/allocate", lists.allocate_many, name="allocate_many"),
    path("exchanges/filters/save", lists.save_filter, name="save_filter"),
    path("exchanges/filters/remove", lists.remove_filter, name="remove_filter"),
    path("requests/", include("imi.web.requests.urls")),
    path("directory/", directory.search, name="directory"),
    path("directory/countries/<str:code>/", organisation.country, name="organisation"),
    path("directory/<slug:authority_id>/", directory.authority, name="authority"),
    path("registers/", directory.register_list, name="registers"),
    path("notices/", news.notice_list, name="notices"),
    path("notices/read", news.mark_all_read, name="notices_read"),
    path("", include("imi.web.help.urls")),
    path("helpdesk/", include("imi.web.helpdesk.urls")),
    path("desk/", desk.desk, name="desk"),
    path("desk/deadlines/", desk.deadlines, name="desk_deadlines"),
    path("desk/authorities/", desk.authorities, name="desk_authorities"),
    path("desk/decisions/", decisions.decisions, name="desk_decisions"),
    path("mail-arrived/<str:token>", mail_problems.arrived, name="mail_arrived"),
    path("", include("imi.web.outreach.urls")),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("training/", training.chooser, name="training"),
    path("training/become", training.become, name="become"),
    path("training/counterparts", training.counterparts, name="counterparts"),
    path("training/mailbox", training.mailbox, name="training_mailbox"),
]
