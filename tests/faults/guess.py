"""Run in a process of its own: many threads guess at one user name at once; prints how many guesses were looked at.

The waits between attempts are taken away, so that every guess is judged; what is left is the promise that five of
them are looked at, whatever the database does at the same moment.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory

from imi.accounts import doors, hashing, signing
from imi.accounts.models import Door, SignIn, User

THREADS = 8


def browser() -> HttpRequest:
    """A browser that has never been here."""
    made = RequestFactory().post("/sign-in", REMOTE_ADDR="192.0.2.7")
    made.session = import_module(settings.SESSION_ENGINE).SessionStore()
    made.user = AnonymousUser()
    return made


def main(guesses: int) -> None:
    """Guess, and tell what came of it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    doors.DELAYS = (-60,) * len(doors.DELAYS)  # type: ignore[assignment]
    user = User.objects.get(given_name="Asker")
    User.objects.filter(pk=user.pk).update(password=make_password("the right one"))
    stored, looks, matches = User.objects.get(pk=user.pk).password, [], hashing.matches

    def counting(secret: str, hashed: str, *more: object) -> bool:
        looks.extend([secret] * (hashed == stored))
        return matches(secret, hashed, *more)  # type: ignore[arg-type]

    hashing.matches = counting

    def guess(number: int) -> bool:
        made = browser()
        try:
            signing.begin(made, user.username, f"wrong {number}")
            return signing.answer(made, "xxx") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        entered = sum(threads.map(guess, range(guesses)))
    door = Door.objects.get(user=user)
    told = {
        "entered": entered,
        "looks": len(looks),
        "attempts": SignIn.objects.filter(user=user, ok=False).count(),
        "counted": door.strange_failures,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
