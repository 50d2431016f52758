"""Announces a planned policy area or procedure to the coordinators of every country."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from imi.administration.reasons import Invalid
from imi.directory.models import PolicyArea
from imi.outreach.plans import Outline, announce_to_all


class Command(BaseCommand):
    """The operator says what comes and what each coordinator has to do; the coordinators are told at once."""

    help = "Announce a plan to the coordinators of every country, with what they have to do by when."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the plan and its to-dos."""
        parser.add_argument("title", help="what comes")
        parser.add_argument("--language", default="en", help="in which language it is written")
        parser.add_argument("--text", default="", help="what it is about")
        parser.add_argument("--legal-basis", default="")
        parser.add_argument("--legal-url", default="", help="address of the legal text")
        parser.add_argument("--planned-on", required=True, type=date.fromisoformat, help="such as 2027-06-01")
        parser.add_argument("--area", action="append", default=[], help="only coordinators of this area; repeatable")
        parser.add_argument(
            "--todo", action="append", required=True, help="a date and what is to be done by then; repeatable"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Announce it.

        Raises:
            CommandError: a date, an area or a language is not known, or something is missing.
        """
        if options["language"] not in dict(settings.LANGUAGES):
            raise CommandError(f"there is no language {options['language']}")
        known = set(PolicyArea.objects.filter(pk__in=options["area"]).values_list("pk", flat=True))
        if unknown := sorted(set(options["area"]) - known):
            raise CommandError(f"there is no policy area {', '.join(unknown)}")
        outline = Outline(
            language=options["language"],
            title=options["title"],
            text=options["text"],
            legal_basis=options["legal_basis"],
            legal_url=options["legal_url"],
            planned_on=options["planned_on"],
            todos=[_todo(one) for one in options["todo"]],
            areas=tuple(options["area"]),
        )
        try:
            plan = announce_to_all(outline)
        except Invalid as invalid:
            told = "; ".join(f"{name}: {' '.join(said)}" for name, said in invalid.errors.items())
            raise CommandError(told) from invalid
        self.stdout.write(f"announced plan {plan.pk} ({options['title']})")


def _todo(text: str) -> tuple[str, date]:
    day, _space, title = text.strip().partition(" ")
    try:
        return title, date.fromisoformat(day)
    except ValueError as error:
        raise CommandError(f"{text!r} does not begin with a date such as 2027-01-31") from error
