"""Addresses of the pages of a request."""

from django.urls import path

from imi.web.requests import views_act, views_file, views_new, views_print, views_show

app_name = "requests"
urlpatterns = [
    path("new", views_new.new, name="new"),
    path("start", views_new.start, name="start"),
    path("concepts", views_act.concepts, name="concepts"),
    path("<str:number>/", views_show.show, name="show"),
    path("<str:number>/preview/", views_show.preview, name="preview"),
    path("<str:number>/print", views_print.printed, name="print"),
    path("<str:number>/files/<str:file>", views_file.download, name="file"),
    path("<str:number>/<str:action>/", views_act.act, name="act"),
    path("<str:number>/<str:action>/draft", views_act.draft, name="draft"),
]
