"""Run in a process of its own: fills a migrated installation with the small world and says how to get in.

Prints one line of JSON: session cookies by person, numbers of open requests.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

import django

django.setup()

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from imi.accounts import sessions
from imi.accounts.actions import BACKEND, load_users
from imi.accounts.models import User
from imi.accounts.queries import standing
from imi.catalogue.registry import Catalogue
from imi.directory.actions import load_authorities, load_countries, sync_areas
from imi.exchanges.publish import publish_all
from tests.exchanges import conftest as small


def session_of(user: User) -> str:
    """A session as if the user had just signed in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    sessions.begin(store)
    store.create()
    return str(store.session_key)


def main(requests: int) -> None:
    """Publish, register and send ``requests`` requests."""
    catalogue = Catalogue(Path(__file__).parents[2] / "procedures")
    load_countries()
    sync_areas([area.area for area in catalogue.areas()])
    publish_all(catalogue)
    load_authorities(small._authorities())
    users = load_users(small._users())
    people = {user.given_name.lower(): standing(user) for user in users}
    world = small.World(people, now=timezone.now())
    numbers = [world.sent() for _ in range(requests)]
    cookies = {user.given_name.lower(): session_of(user) for user in users}
    sys.stdout.write(json.dumps({"cookies": cookies, "numbers": numbers}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
