"""A new procedure to begin with: files that need only their texts."""

from __future__ import annotations

import re
from pathlib import Path

from imi.catalogue.load import AREA_FILE, Folder
from imi.catalogue.schema import hint
from imi.core.definition import Lifecycle
from imi.core.lint_rules.identity import UNFINISHED

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")

_AREA = """\
area: {area}
title: {todo} name of the policy area
summary: {todo} what the area is about, in one sentence
languages: [en]
cannot_say_reasons:
  - {{id: not_in_records, label: The information is not in our records.}}
  - {{id: not_competent, label: We are not competent for this matter.}}
  - {{id: other, label: 'Other reason, given in the remark.'}}
"""

_PROCEDURE = """\
procedure: {procedure}
title: {todo} name of the procedure
summary: {todo} who asks whom for what, in one sentence
lifecycle: {lifecycle}
{questions}
acts:
  - id: first-act
    title: {todo} title of the act that obliges authorities to cooperate
    celex: {todo} its number in EUR-Lex, such as 32012R1024
    basis:
      - {{id: first_article, label: '{todo} article, and what it is about'}}

subject:
  - id: subject
    title: {todo} whom or what the exchange is about
    fields:
      - id: family_name
        type: text
        label: Family name
        required: to_submit
        personal: identity
        max_length: 200

retention:
  block_after_months: 6
  delete_after_months: 36
  basis: Regulation (EU) No 1024/2012, Article 14

risk: {todo} what could happen to a person if the data were misused, and how likely it is

scenarios:
  - id: opened
    title: An exchange is opened
    steps:
      - {{as: {party}, role: {role}, do: {action}, with: {data}, state: {state}}}
"""

_QUESTIONS = """\
categories:
  - {{id: first, title: {todo} heading of the first group of questions}}

placeholders: []

questions:
  - id: q-1
    text: {todo} the first question
    article: {todo} the article that gives the right to ask it
    category: first
    answer: yes_no
  - id: q-2
    text: {todo} the second question
    article: {todo} its article
    category: first
    answer: text
  - id: q-3
    text: {todo} a question that the answer yes to the first one opens
    article: {todo} its article
    category: first
    answer: date
    follows: {{question: q-1, on: ["yes"]}}
"""


class ScaffoldError(ValueError):
    """Nothing was written; the message says why."""


def scaffold(folder: Folder, full_name: str, lifecycle: str | None = None) -> list[Path]:
    """Write the files of a new procedure.

    Args:
        folder: the folder of procedures, already read.
        full_name: ``area/procedure``; the area is made if it does not exist.
        lifecycle: which lifecycle to use; the only one, or the first, if not given.

    Returns:
        The files written.

    Raises:
        ScaffoldError: the name is no name, the procedure exists, or there is no such lifecycle.
    """
    area, _, procedure = full_name.partition("/")
    if not (_SLUG.match(area) and _SLUG.match(procedure)):
        raise ScaffoldError(f"{full_name!r} is no name. Write area/procedure in small letters, digits and hyphens.")
    chosen = _lifecycle(folder, lifecycle)
    base = folder.root / area
    file, questions = base / f"{procedure}.yaml", base / f"{procedure}.questions.yaml"
    existing = [path for path in (file, questions) if path.exists()]
    if existing:
        raise ScaffoldError(f"{existing[0]} exists already.")
    asks = _asks_questions(chosen)
    texts = {base / AREA_FILE: hint("area") + _AREA.format(area=area, todo=UNFINISHED)}
    texts[file] = hint("procedure") + _procedure(procedure, chosen, questions.name if asks else None)
    if asks:
        texts[questions] = hint("questions") + _QUESTIONS.format(todo=UNFINISHED)
    base.mkdir(parents=True, exist_ok=True)
    written = [path for path in texts if not path.exists()]
    for path in written:
        path.write_text(texts[path], encoding="utf-8")
    return written


def _lifecycle(folder: Folder, name: str | None) -> Lifecycle:
    known = {source.name: source.model for source in folder.lifecycles.values() if source.model}
    if name is None and known:
        name = next(iter(known))
    if name not in known:
        choice = ", ".join(known) or "none can be read"
        raise ScaffoldError(f"There is no lifecycle {name!r}. There are: {choice}.")
    return known[name]


def _asks_questions(lifecycle: Lifecycle) -> bool:
    return any(
        field.type == "questions" for action in lifecycle.actions for section in action.form for field in section.fields
    )


def _procedure(name: str, lifecycle: Lifecycle, questions: str | None) -> str:
    opening = next((action for action in lifecycle.actions if "new" in action.sources), lifecycle.actions[0])
    actor = opening.by[0]
    required = [
        field.id
        for section in opening.form
        for field in section.fields
        if field.required != "never" and field.when is None
    ]
    includes = any(section.include == "subject" for section in opening.form)
    data = ", ".join(f"{field}: some" for field in (*required, *(["family_name"] if includes else [])))
    return _PROCEDURE.format(
        procedure=name,
        lifecycle=lifecycle.lifecycle,
        questions=f"questions: {questions}\n" if questions else "",
        todo=UNFINISHED,
        party=actor.party,
        role=actor.roles[0],
        action=opening.id,
        data="{" + data + "}",
        state=opening.to[0].state if opening.to else lifecycle.initial,
    )
