"""Run in a process of its own: gives a country an authority that can be asked, and prints its first user's name.

What the walk of :mod:`tests.browser.test_from_nothing` does page by page is done here by the same acts at once.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

import django

django.setup()

from imi.accounts.models import User
from imi.accounts.queries import standing
from imi.administration.forms import Card, Person
from imi.administration.registering import register_authority


def main(country: str, area: str, name: str, city: str, email: str) -> None:
    """Register an authority behind the national coordinator of its country."""
    national = User.objects.select_related("authority").get(
        authority__country=country, authority__kind="national_coordinator"
    )
    host = email.partition("@")[2]
    card = Card(
        name=name,
        informal=name,
        description="",
        languages=(country.lower(),),
        regions=(),
        street="",
        postcode="",
        city=city,
        email=f"office@{host}",
        phone="",
        website=f"https://{host}",
    )
    person = Person("Ана", "Отсреща", email, country.lower())
    made = register_authority(standing(national), country, card, person, {area: (national.authority_id,)})
    sys.stdout.write(f"{made.user.username}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
