"""The site's addresses: health for machines, everything else from :mod:`imi.web`."""

from __future__ import annotations

import importlib.util

from django.urls import URLPattern, URLResolver, include, path

from imi.site import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
if importlib.util.find_spec("imi.web") and importlib.util.find_spec("imi.web.urls"):
    urlpatterns.append(path("", include("imi.web.urls")))

handler400 = "imi.site.errors.malformed"
handler403 = "imi.site.errors.forbidden"
handler404 = "imi.site.errors.missing"
handler500 = "imi.site.errors.broken"
