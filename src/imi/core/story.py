"""Scenarios as data: what is written about the course of an exchange beside its lifecycle or procedure.

They are played by :mod:`imi.core.scenario`.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict
from pydantic import Field as _Field

from imi.core.notation import Aspect, Model, Name, Slug


class Step(Model):
    """One line of a scenario: somebody does something, and this is what must be true afterwards."""

    after: str | None = None  # "3 days": time passes first
    as_: Name | None = _Field(default=None, alias="as")  # party
    role: Name | None = None
    do: Name | None = None
    with_: dict[str, Any] = _Field(default_factory=dict, alias="with")
    state: Name | None = None
    part: int = _Field(default=0, ge=0)  # 0: the exchange itself; 1: the first one split off from it, and so on
    refused: str | None = None  # refusal code or guard id
    due: dict[Name, str] = _Field(default_factory=dict)  # deadline -> ISO date, "running" or "none"
    tells: tuple[str, ...] = ()
    sees: dict[Name, tuple[Aspect, ...]] = _Field(default_factory=dict)  # party -> aspects, exactly
    may: tuple[Name, ...] = ()
    may_not: tuple[Name, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Scenario(Model):
    """A story with its expected course: given, when, then. Runs before a procedure may be published."""

    id: Slug
    title: str
    starts: str = "2026-03-02T09:00:00+00:00"
    settings: dict[Name, dict[Name, bool]] = _Field(default_factory=dict)  # party -> setting -> value
    steps: tuple[Step, ...]
