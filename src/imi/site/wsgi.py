"""The entry point of the web server (``granian --interface wsgi imi.site.wsgi:application``)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

application = get_wsgi_application()
