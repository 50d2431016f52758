"""Registers the national coordinator of a country with its first user."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.administration.forms import clean_card, clean_person
from imi.administration.reasons import Invalid, Refused
from imi.administration.registering import register_national_coordinator


class Command(BaseCommand):
    """The operator does this once for each country (Regulation (EU) No 1024/2012, Art. 6(1))."""

    help = "Register the national coordinator of a country with its first user; there is one for each country."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the country, the authority and the person."""
        parser.add_argument("country", help="the Union's code of the country, such as those of countries.yaml")
        parser.add_argument("--name", required=True, help="official name, in the coordinator's own language")
        parser.add_argument("--informal", help="short title; the name if not given")
        parser.add_argument("--language", required=True, help="code of its language, also of its first user")
        parser.add_argument("--city", required=True)
        parser.add_argument("--email", required=True, help="contact address of the authority")
        parser.add_argument("--website", default="")
        parser.add_argument("--given-name", required=True, help="of the first user")
        parser.add_argument("--family-name", required=True, help="of the first user")
        parser.add_argument("--user-email", required=True, help="of the first user; the temporary password goes there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register, and print the user name, which is told to the person in another way than by mail."""
        country = options["country"]
        typed = {
            "authority": {
                "name": options["name"],
                "informal": options["informal"] or options["name"],
                "languages": [options["language"]],
            },
            "contact": {name: options[name] for name in ("city", "email", "website")},
            "person": {
                "given_name": options["given_name"],
                "family_name": options["family_name"],
                "email": options["user_email"],
                "language": options["language"],
            },
        }
        try:
            made = register_national_coordinator(country, clean_card(country, typed), clean_person(country, typed))
        except Refused as refused:
            raise CommandError(str(refused.reason)) from refused
        except Invalid as invalid:
            told = "; ".join(f"{_option(field)}: {' '.join(said)}" for field, said in invalid.errors.items())
            raise CommandError(told) from invalid
        self.stdout.write(f"registered {made.authority.pk} ({made.authority.name})")
        self.stdout.write(f"user name of {made.user}: {made.user.username}")
        self.stdout.write("Tell it in person, by telephone or by post; it is never mailed.")


def _option(field: str) -> str:
    """The option behind a field of a form."""
    return _OPTIONS.get(field, "--" + field.rpartition(".")[2].replace("_", "-"))


_OPTIONS = {
    "authority.languages": "--language",
    "person.language": "--language",
    "person.email": "--user-email",
}
