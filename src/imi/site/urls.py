"""The site's addresses: health for machines, everything else from :mod:`imi.web`."""

from __future__ import annotations

from django.urls import include, path

from imi.site import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("imi.web.urls")),
]

handler400 = "imi.site.errors.malformed"
handler403 = "imi.site.errors.forbidden"
handler404 = "imi.site.errors.missing"
handler500 = "imi.site.errors.broken"
