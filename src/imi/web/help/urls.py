"""Addresses of the help."""

from __future__ import annotations

from django.urls import path

from imi.web.help import views

urlpatterns = [
    path("help/", views.overview, name="help"),
    path("help/desks/", views.desks, name="help_desks"),
    path("help/first-steps/", views.first_steps, name="first_steps"),
    path("help/first-steps/take", views.take_step, name="take_step"),
    path("help/practice/", views.exercises, name="practice"),
    path("help/<slug:name>/", views.section, name="help_section"),
]
