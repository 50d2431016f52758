"""What the engine is told of the world when it decides: time, authorities, calendars, colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """One authority as seen from the area of the exchange.

    ``coordinators`` are the request coordinators linked to it in the area; ``settings`` its own switches there.
    """

    id: str
    country: str
    timezone: str = "Europe/Brussels"
    has_access: bool = True
    coordinators: tuple[str, ...] = ()
    settings: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything outside the exchange that a decision may depend on.

    ``calendars`` maps a country to its public holidays (date to name) around the dates concerned; ``colleagues`` maps
    an authority to the users who may be allocated an exchange of the area.
    """

    now: datetime
    authorities: Mapping[str, AuthorityFacts] = field(default_factory=dict)
    calendars: Mapping[str, Mapping[date, str]] = field(default_factory=dict)
    colleagues: Mapping[str, frozenset[str]] = field(default_factory=dict)
