"""A lending library: a procedure and a lifecycle that have nothing in common with requests between authorities."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from imi.core.compiled import Compiled, compile_definition
from imi.core.definition import Area, Definition, Lifecycle, Procedure
from imi.core.wording import content_hash

LENDING: dict[str, Any] = {
    "lifecycle": "lending",
    "kind": "case",
    "title": "Lending",
    "parties": [
        {"id": "reader", "title": "Reader"},
        {"id": "library", "title": "Library"},
        {"id": "depot", "title": "Depot", "coordinates": "library"},
    ],
    "roles": [{"id": "member", "title": "Member"}, {"id": "clerk", "title": "Clerk"}],
    "settings": [{"id": "lends_rarities", "title": "Lends rare books", "default": False}],
    "initial": "wished",
    "states": [
        {"id": "wished", "title": "Wished for", "summary": "The library looks for it.", "phase": "open",
         "awaits": [{"party": "library", "roles": ["clerk"], "title": "Hand it out", "action": "hand_out"}]},
        {"id": "lent", "title": "Lent", "summary": "The reader reads.", "phase": "open",
         "awaits": [{"party": "reader", "roles": ["member"], "title": "Bring it back", "action": "bring_back",
                     "deadline": "loan"}]},
        {"id": "back", "title": "Back", "summary": "It is back.", "phase": "done"},
    ],
    "deadlines": [
        {"id": "loan", "title": "Loan", "rule": "Four weeks.", "unit": "weeks", "amount": 4, "owed_by": "reader",
         "calendar_of": "reader", "overdue": "Late", "extendable": True,
         "reminders": [{"days": 1, "tells": ["reader.member", "library.clerk"]}]},
    ],
    "actions": [
        {"id": "wish", "title": "Wish", "done": "wished", "by": [{"party": "reader", "roles": ["member"]}],
         "sources": ["new"], "to": [{"state": "wished"}], "into": "content", "tells": ["library.clerk"],
         "form": [{"id": "wish", "fields": [
             {"id": "library", "type": "authority", "label": "Library", "required": "to_submit"},
             {"id": "rare", "type": "yes_no", "label": "A rare book"},
             {"id": "card", "type": "identifier", "label": "Card", "personal": "identifier", "required": "always"}]},
             {"id": "books", "include": "subject"}],
         "effects": {"set_party": {"library": "library"}, "resolve": ["depot"]}},
        {"id": "hand_out", "title": "Hand out", "done": "handed out", "by": [{"party": "library", "roles": ["clerk"]}],
         "sources": ["wished"],
         "to": [{"state": "lent", "when": "!content.rare || library.lends_rarities || depot.lends_rarities",
                 "start": {"loan": "default"}}]},
        {"id": "renew", "title": "Renew", "done": "renewed", "by": [{"party": "library", "roles": ["clerk"]}],
         "sources": ["lent"], "effects": {"restart": {"loan": "weeks"}},
         "guards": [{"id": "not_late", "when": "!deadline.loan.overdue", "reason": "It is late already."},
                    {"id": "twice_at_most", "when": "done.renew < 2", "reason": "It was renewed twice."}],
         "form": [{"id": "terms", "fields": [
             {"id": "weeks", "type": "days", "label": "Weeks in all", "required": "to_submit", "min": 1, "max": 12}]}]},
        {"id": "bring_back", "title": "Bring back", "done": "brought back",
         "by": [{"party": "reader", "roles": ["member"]}, {"party": "library", "roles": ["clerk"]}],
         "sources": ["lent"], "to": [{"state": "back"}], "effects": {"stop": ["loan"]}, "tells": ["library.clerk"],
         "guards": [{"id": "read_first", "not_before": {"amount": 1, "unit": "calendar_days", "since": "state"},
                     "reason": "Read it first."}]},
        {"id": "sell", "title": "Sell", "done": "sold", "by": [{"party": "library", "roles": ["clerk"]}],
         "sources": ["any"], "to": [{"state": "back", "when": 'form.buyer == "depot"'}], "effects": {"stop": ["loan"]},
         "guards": [{"id": "not_to_readers", "when": 'form.buyer != "reader"', "reason": "Readers borrow."}],
         "form": [{"id": "sale", "fields": [
             {"id": "buyer", "type": "choice", "label": "Buyer", "required": "to_submit", "options": [
                 {"id": "depot", "label": "Depot"}, {"id": "reader", "label": "Reader"},
                 {"id": "thief", "label": "Thief"}]}]}]},
    ],
    "visibility": [
        {"party": "reader", "sees": ["overview", "request", "personal"]},
        {"party": "library", "sees": ["overview", "request"]},
        {"party": "library", "roles": ["clerk"], "states": ["lent"], "sees": ["personal"]},
        {"party": "depot", "states": ["open"], "when": "content.rare", "sees": ["overview"]},
    ],
    "scenarios": [
        {"id": "rare-book", "title": "A rare book waits for a library that lends it",
         "settings": {"depot": {"lends_rarities": True}},
         "steps": [
             {"as": "reader", "role": "member", "do": "wish",
              "with": {"library": "library-authority", "rare": True, "card": "some"}, "state": "wished",
              "tells": ["library.clerk"], "sees": {"depot": ["overview"], "library": ["overview", "request"]}},
             {"as": "library", "role": "clerk", "do": "hand_out", "state": "lent", "due": {"loan": "2026-03-30"}},
             {"as": "library", "role": "clerk", "do": "renew", "with": {"weeks": 6}, "due": {"loan": "2026-04-13"}},
             {"as": "reader", "role": "member", "do": "bring_back", "refused": "read_first"},
             {"after": "2 months", "as": "reader", "role": "member", "tells": ["reader.member", "library.clerk"],
              "may": ["bring_back"]},
             {"as": "library", "role": "clerk", "do": "renew", "with": {"weeks": 12}, "refused": "not_late"},
             {"as": "library", "role": "clerk", "do": "bring_back", "state": "back", "due": {"loan": "none"}},
         ]},
    ],
}  # fmt: skip

BOOKS = {
    "procedure": "books",
    "title": "Books",
    "summary": "Lending books.",
    "lifecycle": "lending",
    "acts": [],
    "subject": [{"id": "book", "title": "Book", "fields": [
        {"id": "author", "type": "text", "label": "Author", "required": "to_submit", "impersonal": True}]}],
    "deadlines": {"loan": {"max": 10}},
    "retention": {"basis": "House rules"},
    "risk": "none",
}  # fmt: skip


@cache
def lending() -> Compiled:
    """The library, ready to run."""
    return _compiled(LENDING)


def lending_with(first: dict[str, Any], second: dict[str, Any]) -> Compiled:
    """The library whose first two actions each ask for one more field of the content."""
    data: dict[str, Any] = deepcopy(LENDING)
    for action, field in zip(data["actions"], (first, second), strict=False):
        action["into"] = "content"
        action.setdefault("form", []).append({"id": "more", "fields": [field]})
    return _compiled(data)


def _compiled(lifecycle: dict[str, Any]) -> Compiled:
    definition = Definition(
        area=Area(area="reading", title="Reading", summary="Books.", languages=("en",)),
        procedure=Procedure.model_validate(BOOKS),
        lifecycle=Lifecycle.model_validate(lifecycle),
    )
    return compile_definition(definition, content_hash(definition))
