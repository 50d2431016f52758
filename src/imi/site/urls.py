"""The site's addresses: those of :mod:`imi.web`. Health is answered earlier, by a middleware."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("imi.web.urls")),
]

handler400 = "imi.site.errors.malformed"
handler403 = "imi.site.errors.forbidden"
handler404 = "imi.site.errors.missing"
handler500 = "imi.site.errors.broken"
