"""The way into a new request: choose the procedure; or use an earlier request again."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from imi.directory.collation import sort_key
from imi.exchanges import definitions
from imi.exchanges.actions import KeyReused, NoSuchExchange, Refused, open_exchange
from imi.exchanges.queries import Viewing
from imi.web.access import PersonRequest, signed_in
from imi.web.reasons import refusal_text
from imi.web.requests import stage
from imi.web.requests.texts import Words

LONGEST_KEY = 64


@signed_in
@require_GET
def new(request: PersonRequest) -> HttpResponse:
    """The procedures that the user may open."""
    language = get_language() or "en"
    offered: list[dict[str, Any]] = []
    for published in definitions.offered():
        words = Words(published.hash, language)
        roles = request.standing.roles_in(published.area_id)
        if not any(role in roles for actor in words.compiled.opening.by for role in actor.roles):
            continue
        procedure = words.compiled.definition.procedure
        offered.append(
            {
                "id": published.procedure,
                "title": words.procedure(),
                "area": words.area(),
                "summary": words.say("procedure.summary", procedure.summary),
                "acts": [words.say(f"procedure.acts.{act.id}.title", act.title) for act in procedure.acts],
            }
        )
    offered.sort(key=lambda one: sort_key(str(one["area"]), language))
    return render(request, "requests/new.html", {"offered": offered, "key": uuid.uuid4().hex})


@signed_in
@require_POST
def start(request: PersonRequest) -> HttpResponse:
    """Open a draft and go to its form."""
    procedure = request.POST.get("procedure", "")[:130].replace("\x00", "")
    key = request.POST.get("key", "")[:LONGEST_KEY] or uuid.uuid4().hex
    earlier = request.POST.get("again", "")
    values = None
    if earlier:
        viewing = stage.opened(request, earlier, "reuse")
        procedure, values = viewing.compiled.definition.id, content_again(viewing)
    try:
        done = open_exchange(request.standing, procedure, key, draft=values)
    except NoSuchExchange:
        raise Http404(_("There is no such procedure.")) from None
    except KeyReused:
        return HttpResponseRedirect(reverse("requests:new"))
    if isinstance(done, Refused):
        words = Words(done.definition, get_language() or "en")
        raise PermissionDenied(refusal_text(done.refusal, words.compiled.opening.id, words))
    if earlier and not done.repeated:
        text = _("This draft was made from %(number)s. Documents were not taken over.") % {"number": earlier}
        messages.info(request, text)
    action = definitions.compiled(definitions.current(procedure) or "").drafting
    if action is None:
        return HttpResponseRedirect(reverse("requests:show", args=[done.number]))
    return HttpResponseRedirect(reverse("requests:act", args=[done.number, action.id]))


def may_use_again(viewing: Viewing) -> bool:
    """Whether the user may open a new exchange with the content of this one: it is the user's own side's."""
    if viewing.compiled.drafting is None or not {"request", "personal"} <= viewing.aspects:
        return False
    by = viewing.compiled.opening.by
    owns = any(actor.party in viewing.parties and viewing.roles & set(actor.roles) for actor in by)
    return owns and viewing.compiled.states[viewing.row.state].phase != "draft"


def content_again(viewing: Viewing) -> dict[str, Any]:
    """The content of an exchange as a form's values, without its documents.

    Raises:
        PermissionDenied: it is not the user's own side's.
    """
    writer = viewing.compiled.drafting
    if writer is None or not may_use_again(viewing):
        raise PermissionDenied(_("You can only use requests of your own authority again."))
    values: dict[str, Any] = {}
    for field in viewing.compiled.fields[writer.id]:
        if field.type == "questions":
            values[field.id] = [
                {"question": one.question, "placeholders": _without_files(viewing, one), "comment": one.comment}
                for one in viewing.shown.items
            ]
        elif field.type != "files" and field.id in viewing.shown.content:
            values[field.id] = viewing.shown.content[field.id]
    return values


def _without_files(viewing: Viewing, item: Any) -> dict[str, Any]:
    known = viewing.compiled.placeholders
    return {
        name: value for name, value in item.placeholders.items() if name in known and known[name].type != "attachment"
    }
