"""What makes a definition unfit for publication, beyond what its types already refuse.

Each rule has an id and a paragraph in ``docs/rules.md``. A rule looks at a whole definition and yields findings; a
finding points at a part and a path, which :mod:`imi.catalogue` turns into a file and a line. Rules never raise, not
even on a definition that breaks all the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from imi.core.definition import Definition
from imi.core.lint_rules import (
    conditions,
    deadlines,
    flow,
    forms,
    identity,
    privacy,
    private,
    questions,
    references,
    scenarios,
)
from imi.core.lint_rules.finding import Finding, Rule

RULES: tuple[Rule, ...] = (
    *identity.RULES,
    *references.RULES,
    *flow.RULES,
    *forms.RULES,
    *conditions.RULES,
    *deadlines.RULES,
    *questions.RULES,
    *privacy.RULES,
    *private.RULES,
    *scenarios.RULES,
)

__all__ = ["RULES", "Finding", "Rule", "lint"]


def lint(definition: Definition) -> Iterator[Finding]:
    """Apply every rule to ``definition``."""
    for rule in RULES:
        yield from rule(definition)
