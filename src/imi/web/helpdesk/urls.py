"""Addresses of the help desk."""

from __future__ import annotations

from django.urls import path

from imi.web.helpdesk import answers, asking, lists, threads

app_name = "helpdesk"
urlpatterns = [
    path("", lists.listed, name="list"),
    path("ask", asking.ask, name="ask"),
    path("about/<str:about>/", asking.about, name="about"),
    path("<int:thread_id>/", threads.thread, name="thread"),
    path("<int:thread_id>/hand-over", threads.hand_over, name="hand_over"),
    path("<int:thread_id>/publish", answers.publish, name="publish"),
    path("answers/<int:answer_id>/", answers.change, name="answer"),
    path("answers/<int:answer_id>/remove", answers.remove, name="answer_remove"),
]
