"""Addresses of self-registration; mails point to the last one."""

from __future__ import annotations

from django.urls import path

from imi.web.registration import asking, joining

app_name = "registration"
urlpatterns = [
    path("", asking.ask, name="ask"),
    path("asked", asking.asked, name="asked"),
    path("steps/<slug:step>/", joining.step, name="step"),
    path("typed", joining.look_at_typed, name="typed"),
    path("preview", joining.preview, name="preview"),
    path("submitted", joining.submitted, name="submitted"),
    path("give-up", joining.give_up, name="give_up"),
    path("<str:token>", joining.link, name="link"),
]
