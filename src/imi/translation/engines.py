"""Which engines are there, and how a pair is translated here."""

from __future__ import annotations

from django.conf import settings

from imi.translation.bergamot import Bergamot
from imi.translation.engine import Engine, Route


def installed() -> list[Engine]:
    """The engines that have something to translate with and are allowed, best first."""
    found: list[Engine] = [Bergamot()]
    return [one for one in found if one.data_class in settings.IMI_TRANSLATION_CLASSES and one.installed()]


def route(source: str, target: str, engines: list[Engine] | None = None) -> Route | None:
    """How a pair is translated here; None if nothing that is installed can."""
    found = (engine.route(source, target) for engine in (installed() if engines is None else engines))
    return next((one for one in found if one is not None), None)
