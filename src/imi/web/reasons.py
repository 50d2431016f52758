"""Why something was refused, as sentences: for every refusal, every fault of a field and every fault of a file.

The reasons of guards are texts of the definitions; everything else is said here, in the language of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imi.core.refusal import FieldError, Refusal
from imi.web.requests.figures import moment_text

if TYPE_CHECKING:
    from imi.web.requests.texts import Words

Sentence = Callable[[Mapping[str, Any]], str]


def refusal_text(refusal: Refusal, action: str, words: Words | None = None) -> str:
    """Say why an action was refused.

    Args:
        refusal: the refusal.
        action: the id of the action that was refused.
        words: the definition's texts; without them the reason of a guard cannot be told.
    """
    if refusal.guard and words is not None:
        reason = words.guard(action, refusal.guard)
        if refusal.until is None:
            return reason
        return _("%(reason)s Possible from %(moment)s.") % {"reason": reason, "moment": moment_text(refusal.until)}
    sentence = _REFUSALS.get(refusal.code)
    return sentence(_known(refusal, words)) if sentence else _("This cannot be done now.")


def _known(refusal: Refusal, words: Words | None) -> Mapping[str, Any]:
    """The refusal's parameters, ids of the definition turned into their names."""
    known: dict[str, Any] = {"moment": moment_text(refusal.until) if refusal.until else ""}
    if words is not None:
        params = refusal.params
        known["parties"] = ", ".join(words.party(one) for one in params.get("parties", ()))
        known["roles"] = ", ".join(dict.fromkeys(words.role(one) for one in params.get("roles", ())))
        known["states"] = ", ".join(
            words.state(one) for one in params.get("states", ()) if one in words.compiled.states
        )
    return known


def _of(template: str, key: str, params: Mapping[str, Any], without: str) -> str:
    return template % {key: params[key]} if params.get(key) else without


_REFUSALS: Mapping[str, Sentence] = {
    "unknown_action": lambda _p: _("There is no such action in this procedure."),
    "party": lambda p: _of(
        _("Only this side of the exchange can do that: %(parties)s."),
        "parties",
        p,
        _("Your authority does not have the part in this exchange that may do that."),
    ),
    "role": lambda p: _of(
        _("You need one of these roles in this policy area: %(roles)s."),
        "roles",
        p,
        _("You do not have the role that this needs."),
    ),
    "state": lambda p: _of(
        _("This can only be done in the state: %(states)s."),
        "states",
        p,
        _("This cannot be done in the present state."),
    ),
    "allocated": lambda _p: _("This was allocated to colleagues of yours; only they can do it."),
    "guard": lambda _p: _("A condition for this is not met."),
    "not_yet": lambda p: _of(_("This becomes possible on %(moment)s."), "moment", p, _("It is too early for this.")),
    "overtaken": lambda _p: _("Somebody else acted while you were working on this."),
    "invalid": lambda _p: _("Some fields are not filled in correctly."),
    "no_branch": lambda _p: _("There is nowhere this could go: nobody takes part who could handle it."),
    "blocked": lambda _p: _("The data of this exchange has been deleted; nothing more can be done."),
}


_FIELDS: Mapping[str, Sentence] = {
    "required": lambda _p: _("Fill this in."),
    "unanswered": lambda _p: _("Answer this question, or say why you cannot."),
    "too_long": lambda p: (
        _("This is too long: %(length)s characters, at most %(limit)s are possible.")
        % {"length": p.get("length", "?"), "limit": p.get("limit", "?")}
    ),
    "too_small": lambda p: _("Enter at least %(limit)s.") % {"limit": p.get("limit", 0)},
    "too_large": lambda p: _("Enter at most %(limit)s.") % {"limit": p.get("limit", 0)},
    "too_many": lambda p: (
        ngettext("Choose one at most.", "Choose at most %(limit)s.", int(p.get("limit", 0)))
        % {"limit": p.get("limit", 0)}
    ),
    "not_text": lambda _p: _("Enter text."),
    "not_a_date": lambda _p: _("Enter a date that exists, such as 2026-03-31."),
    "not_a_number": lambda _p: _("Enter a whole number."),
    "not_yes_or_no": lambda _p: _("Choose yes or no."),
    "not_an_option": lambda _p: _("Choose one of the answers offered."),
    "not_a_period": lambda _p: _("Enter the first day, the last day, or both."),
    "period_reversed": lambda _p: _("The first day is after the last day."),
    "not_money": lambda _p: _("Enter an amount, such as 1250.50, and its currency."),
    "not_a_country": lambda _p: _("Choose a country from the list."),
    "not_a_language": lambda _p: _("Choose a language from the list."),
    "not_files": lambda _p: _("These files were not received correctly. Attach them again."),
    "not_a_list": lambda _p: _("This was not received correctly. Choose again."),
    "row_incomplete": lambda p: _("Something is missing in entry %(row)s.") % {"row": p.get("row", "?")},
    "unknown_question": lambda _p: _("A question that was chosen does not belong to this procedure."),
    "all_questions": lambda _p: _("Leave at least one question with your authority, or forward the whole request."),
    "not_a_colleague": lambda _p: _("Choose colleagues who handle requests in this policy area."),
    "no_access": lambda _p: _("This authority does not take part in this policy area. Choose another one."),
    "own_authority": lambda _p: _("This is your own authority. Choose another one."),
    "other_country": lambda _p: _("Choose an authority of the same country."),
    "same_country": lambda _p: _("Choose an authority of another country."),
    "already_there": lambda _p: _("This authority already handles the exchange. Choose another one."),
    "remark_needed": lambda _p: _("This answer needs a remark that explains it."),
    "attachment_needed": lambda _p: _("This answer needs a document."),
    "cannot_say_not_allowed": lambda _p: _("Choose one of the reasons offered."),
    "unknown_concept": lambda _p: _("No entry of the list has this name. Choose one of the suggestions."),
    "file_unknown": lambda _p: _("One of the files is not there any more. Attach it again."),
}


def field_error_text(error: FieldError) -> str:
    """Say what is wrong with a field."""
    sentence = _FIELDS.get(error.code)
    return sentence(error.params) if sentence else _("This is not correct.")


_FILES: Mapping[str, Sentence] = {
    "file_empty": lambda p: _("%(name)s is empty.") % p,
    "file_too_large": lambda p: _("%(name)s is too large. A file may have up to %(limit)s MB.") % p,
    "file_kind": lambda p: _("%(name)s is of a kind that is not taken. Possible are: %(kinds)s.") % p,
    "file_infected": lambda p: _("%(name)s was not taken: the virus scanner found something in it.") % p,
    "file_not_checkable": lambda p: (
        _("%(name)s could not be checked for viruses just now, so it was not taken. Try again in a few minutes.") % p
    ),
}


def file_fault_text(code: str, params: Mapping[str, Any]) -> str:
    """Say why a file was not taken."""
    sentence = _FILES.get(code)
    return sentence(params) if sentence else _("The file was not taken.")
