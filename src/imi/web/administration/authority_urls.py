"""Addresses of the pages about authorities, for their own administrators and for coordinators."""

from __future__ import annotations

from django.urls import path

from imi.web.administration import (
    access_acts,
    admission_desk,
    authority_acts,
    authority_corrections,
    authority_edit,
    authority_export,
    authority_list,
    authority_own,
    authority_register,
    authority_relations,
    authority_texts,
)

app_name = "authorities"
urlpatterns = [
    path("authority/", authority_own.own, name="own"),
    path("authority/confirm", authority_own.confirm, name="confirm"),
    path("authority/contacts/", authority_edit.contacts, name="contacts"),
    path("authority/reach/", authority_edit.reach, name="reach"),
    path("authority/texts/", authority_texts.texts, name="texts"),
    path("authority/texts/draft", authority_texts.draft, name="draft_texts"),
    path("authority/texts/discard", authority_texts.discard, name="discard_draft"),
    path("authority/competence/<slug:area>/", authority_edit.competence, name="competence"),
    path("authority/settings/", authority_relations.own_settings, name="settings"),
    path("authority/links/", authority_relations.links, name="links"),
    path("authority/corrections/", authority_corrections.decide, name="corrections"),
    path("authorities/", authority_list.listed, name="list"),
    path("authorities/export", authority_export.export, name="export"),
    path("authorities/register/", authority_register.register, name="register"),
    path("authorities/<slug:authority_id>/", authority_list.one, name="one"),
    path("authorities/<slug:authority_id>/correct/", authority_corrections.propose, name="propose"),
    path("authorities/<slug:authority_id>/registered/", authority_register.registered, name="registered"),
    path("authorities/<slug:authority_id>/history/", authority_list.history, name="history"),
    path("authorities/<slug:authority_id>/name/", authority_acts.rename, name="rename"),
    path("authorities/<slug:authority_id>/regions/", authority_acts.assign_regions, name="regions"),
    path("authorities/<slug:authority_id>/validator/", authority_acts.hand_over, name="hand_over"),
    path("authorities/<slug:authority_id>/deactivate/", authority_acts.deactivate, name="deactivate"),
    path("authorities/<slug:authority_id>/reactivate/", authority_acts.reactivate, name="reactivate"),
    path("authorities/<slug:authority_id>/grant/", access_acts.grant, name="grant"),
    path("authorities/<slug:authority_id>/access/<slug:area>/", access_acts.coordinators, name="coordinators"),
    path("authorities/<slug:authority_id>/access/<slug:area>/suspend/", access_acts.suspend, name="suspend"),
    path("authorities/<slug:authority_id>/access/<slug:area>/resume/", access_acts.resume, name="resume"),
    path("coordinators/register/", authority_register.register_coordinator, name="register_coordinator"),
    path("delegations/", authority_relations.delegations, name="delegations"),
    path("registrations/", admission_desk.desk, name="admissions"),
    path("registrations/invite/", admission_desk.invite, name="invite"),
    path("registrations/<int:admission_id>/", admission_desk.decide, name="admission"),
]
