"""Publish the procedures of the catalogue's folder."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from imi.catalogue.fault import CatalogueError
from imi.catalogue.registry import Catalogue
from imi.exchanges.publish import publish_all


class Command(BaseCommand):
    """``publish_procedures``: what changed becomes the current version; running exchanges keep theirs."""

    help = "Publish the procedures of the catalogue's folder."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Publish, and say what changed.

        Raises:
            CommandError: the folder cannot be read; nothing was published.
        """
        try:
            catalogue = Catalogue(settings.IMI_PROCEDURES, settings.IMI_HOME / "wordings")
            report = publish_all(catalogue)
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        for title, procedures in (("published", report.published), ("reworded", report.reworded)):
            for procedure in procedures:
                self.stdout.write(f"{title} {procedure}")
