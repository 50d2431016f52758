"""Addresses of outreach."""

from __future__ import annotations

from django.urls import URLPattern, path

from imi.web.outreach import (
    event_acts,
    event_pages,
    issue_pages,
    material_pages,
    news_pages,
    overview,
    plan_pages,
    plan_text_pages,
    training_pages,
)

app_name = "outreach"

EVENTS: list[URLPattern] = [
    path("events/", event_pages.event_list, name="events"),
    path("events/calendar", event_pages.event_month, name="month"),
    path("events/mine.ics", event_pages.my_calendar, name="my_calendar"),
    path("events/new", event_acts.new_event, name="event_new"),
    path("events/<int:event_id>/", event_pages.event_page, name="event"),
    path("events/<int:event_id>/calendar.ics", event_pages.event_calendar, name="event_calendar"),
    path("events/<int:event_id>/register", event_pages.register, name="event_register"),
    path("events/<int:event_id>/withdraw", event_pages.withdraw, name="event_withdraw"),
    path("events/<int:event_id>/change", event_acts.edit_event, name="event_edit"),
    path("events/<int:event_id>/publish", event_acts.publish_event, name="event_publish"),
    path("events/<int:event_id>/cancel", event_acts.cancel_event, name="event_cancel"),
    path("events/<int:event_id>/discard", event_acts.discard_event, name="event_discard"),
    path("events/<int:event_id>/participants/", event_acts.participants, name="participants"),
    path("events/<int:event_id>/participants.csv", event_acts.participants_file, name="participants_file"),
    path("events/<int:event_id>/participants/came", event_acts.attendance, name="attendance"),
]
BULLETIN: list[URLPattern] = [
    path("bulletin/", news_pages.news_list, name="news"),
    path("bulletin/new", news_pages.new_news, name="news_new"),
    path("bulletin/<int:item_id>/", news_pages.news_page, name="news_item"),
    path("bulletin/<int:item_id>/change", news_pages.edit_news, name="news_edit"),
    path("bulletin/<int:item_id>/publish", news_pages.publish_news, name="news_publish"),
    path("bulletin/<int:item_id>/withdraw", news_pages.withdraw_news, name="news_withdraw"),
    path("bulletin/newsletters/", issue_pages.issue_list, name="issues"),
    path("bulletin/newsletters/new", issue_pages.new_issue, name="issue_new"),
    path("bulletin/newsletters/<int:issue_id>/", issue_pages.issue_page, name="issue"),
    path("bulletin/newsletters/<int:issue_id>/change", issue_pages.edit_issue, name="issue_edit"),
    path("bulletin/newsletters/<int:issue_id>/send", issue_pages.send_issue, name="issue_send"),
]
LIBRARY: list[URLPattern] = [
    path("plans/", plan_pages.plan_list, name="plans"),
    path("plans/new", plan_pages.new_plan, name="plan_new"),
    path("plans/<int:plan_id>/", plan_pages.plan_page, name="plan"),
    path("plans/<int:plan_id>/texts", plan_text_pages.texts, name="plan_texts"),
    path("plans/<int:plan_id>/texts/draft", plan_text_pages.draft, name="plan_text_draft"),
    path("plans/<int:plan_id>/texts/discard", plan_text_pages.discard, name="plan_text_discard"),
    path("plans/<int:plan_id>/withdraw", plan_pages.withdraw_plan, name="plan_withdraw"),
    path("plans/to-dos/<int:todo_id>/tick", plan_pages.tick, name="tick"),
    path("materials/", material_pages.material_list, name="materials"),
    path("materials/new/<slug:kind>", material_pages.new_material, name="material_new"),
    path("materials/<int:material_id>/", material_pages.material_page, name="material"),
    path("materials/<int:material_id>/files/<slug:lang>", material_pages.material_file, name="material_file"),
    path("materials/<int:material_id>/language", material_pages.word_material, name="material_word"),
    path("materials/<int:material_id>/review", material_pages.review_material, name="material_review"),
    path("materials/<int:material_id>/withdraw", material_pages.withdraw_material, name="material_withdraw"),
    path("training-access/", training_pages.overview, name="training_access"),
    path("training-access/ask", training_pages.ask, name="training_ask"),
    path("training-access/<int:request_id>/", training_pages.request_page, name="training_request"),
    path("training-access/people/", training_pages.people, name="training_people"),
    path("training-access/people/<int:person_id>/give", training_pages.give_unasked, name="training_give_unasked"),
    path("training-access/<int:request_id>/withdraw", training_pages.withdraw, name="training_withdraw"),
    path("training-access/<int:request_id>/give", training_pages.give, name="training_give"),
    path("training-access/<int:request_id>/refuse", training_pages.refuse, name="training_refuse"),
]

urlpatterns: list[URLPattern] = [path("outreach/", overview.overview, name="overview"), *EVENTS, *BULLETIN, *LIBRARY]
