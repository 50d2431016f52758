"""Addresses of the administration, below ``/administration/``; each subject adds a list of its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from imi.web.administration import mail_problems, user_acts, user_help, user_leaving, user_sheet, user_start, users

ABOUT_USERS: list[URLPattern] = [
    path("users/", users.user_list_page, name="users"),
    path("users/new", users.register, name="user_new"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/data", users.change, name="user_edit"),
    path("users/<int:user_id>/roles", users.set_roles, name="user_roles"),
    path("users/<int:user_id>/remove", user_leaving.remove, name="user_remove"),
    path("users/<int:user_id>/user-name", user_sheet.user_name, name="user_name"),
    path("users/<int:user_id>/password", user_help.reset, name="user_reset"),
    path("users/<int:user_id>/unlock", user_help.unlock, name="user_unlock"),
    path("users/<int:user_id>/sessions", user_help.end_sessions, name="user_end_sessions"),
    path("users/<int:user_id>/changes", user_acts.user_acts, name="user_acts"),
    path("changes/", user_acts.authority_acts, name="authority_acts"),
    path("changes/mine", user_acts.own_acts, name="own_acts"),
    path("mail-problems/", mail_problems.listed, name="mail_problems"),
    path("mail-problems/test", mail_problems.test, name="mail_test"),
    path("help/", user_help.helped, name="users_helped"),
    path("help/<slug:authority_id>/", user_help.helped_authority, name="user_helped"),
    path("help/<slug:authority_id>/<int:user_id>/password", user_help.helped_reset, name="user_helped_reset"),
]

urlpatterns: list[URLPattern] = [
    path("", user_start.start, name="administration"),
    *ABOUT_USERS,
]
