"""The page of a request: what it says, what happened, and what can be done now."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from imi.catalogue.diagram import DiagramError, lifecycle_svg
from imi.core.commands import Command
from imi.core.decide import decide
from imi.core.definition import Action
from imi.core.evolve import evolve
from imi.core.exchange import Exchange as State
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.core.visible import disclose, visible
from imi.exchanges.facts import facts_for
from imi.exchanges.queries import Viewing
from imi.helpdesk.rights import answers
from imi.notify.actions import mark_read
from imi.web.access import PersonRequest, signed_in
from imi.web.reasons import field_error_text, refusal_text
from imi.web.requests import page, stage, timeline
from imi.web.requests.figures import moment_text
from imi.web.requests.scene import Scene
from imi.web.requests.values import Reader
from imi.web.requests.views_new import may_use_again

log = logging.getLogger("imi.requests")
TABS = ("show", "history", "overview")


def reader_of(viewing: Viewing, language: str | None = None) -> Reader:
    """A reader of the exchange who knows the names of those that take part."""
    reader = Reader.of(viewing.row.definition_id, language or get_language() or "en")
    reader.names.want(one for held in viewing.holders.values() for one in held)
    return reader


@signed_in
@require_GET
def show(request: PersonRequest, number: str) -> HttpResponse:
    """The page of a request, one tab at a time; who opens it has read the notices about it."""
    tab = request.GET.get("tab", "show")
    tab = tab if tab in TABS else "show"
    viewing = stage.opened(request, number, tab)
    mark_read(request.standing.user_id, viewing.row.number)
    reader = reader_of(viewing)
    trail = {"breadcrumbs": stage.trail(request, viewing.row.number)}
    context = {**_header(viewing, reader, tab), **_BODIES[tab](viewing, reader), **trail}
    return render(request, "requests/show.html", context)


def _header(viewing: Viewing, reader: Reader, tab: str) -> dict[str, Any]:
    row, words = viewing.row, reader.words
    url = reverse("requests:show", args=[row.number])
    allowed, refused = page.offers(viewing, reader)
    labels = {"show": _("Request"), "history": _("History"), "overview": _("Course and visibility")}
    return {
        "row": row,
        "tab": tab,
        "title": words.procedure(),
        "area": words.area(),
        "state": words.state(row.state),
        "state_summary": words.state_summary(row.state),
        "tone": viewing.compiled.states[row.state].tone,
        "deadlines": page.running(viewing, reader),
        "parties": page.parties(viewing, reader),
        "allowed": allowed,
        "refused": refused,
        "allocated": [],
        "overview_only": page.why_overview_only(viewing, reader),
        "tabs": [
            {"url": url if name == "show" else f"{url}?tab={name}", "label": label, "current": name == tab, "count": 0}
            for name, label in labels.items()
            if name != "history" or "history" in viewing.aspects
        ],
        "print_url": reverse("requests:print", args=[row.number]) if "request" in viewing.aspects else "",
        "again": may_use_again(viewing),
        "step_in_url": _step_in_url(viewing),
        "again_key": uuid.uuid4().hex,
    }


def _step_in_url(viewing: Viewing) -> str:
    """Where a coordinator behind the exchange writes to its authority or abroad; empty for everybody else."""
    coordinates = any(party in viewing.compiled.coordinated for party in viewing.parties)
    if not coordinates or not answers(viewing.who, viewing.row.area_id):
        return ""
    return reverse("helpdesk:about", args=[viewing.row.number])


def _request_tab(viewing: Viewing, reader: Reader) -> dict[str, Any]:
    asking, answering = page.sides(viewing)
    languages = (
        page.side_language(reader, viewing.holders, asking),
        page.side_language(reader, viewing.holders, answering),
    )
    reader.names.want_people(viewing.allocated)
    return {
        **page.content(viewing.shown, reader, languages, viewing.row.number),
        "messages_": page.messages(viewing, reader),
        "masked": viewing.shown.personal_masked,
        "hidden": page.hidden(viewing, reader) if "request" in viewing.aspects else [],
        "sees": viewing.aspects,
        "preview": False,
        "drafts": _drafts(viewing, reader),
        "allocated": [reader.names.person(one) for one in viewing.allocated],
        "proposals": page.proposals(viewing, reader),
        "parent": viewing.row.parent.number if viewing.row.parent else "",
        "parts": viewing.parts,
    }


def _drafts(viewing: Viewing, reader: Reader) -> list[dict[str, Any]]:
    """Forms that the own authority has begun; one query."""
    if viewing.linked or "request" not in viewing.aspects:
        return []
    begun = viewing.drafts()
    return [
        {
            "action": reader.words.action(one.action),
            "by": one.user.get_full_name(),
            "at": moment_text(one.saved_at),
            "url": reverse("requests:act", args=[viewing.row.number, one.action]),
        }
        for one in begun
        if one.action in viewing.compiled.actions
    ]


def _history_tab(viewing: Viewing, reader: Reader) -> dict[str, Any]:
    return {"events": timeline.items(viewing, reader.words, reader.names)}


def _overview_tab(viewing: Viewing, reader: Reader) -> dict[str, Any]:
    try:
        wording = reader.words.voice.wording
        drawn = lifecycle_svg(viewing.compiled.lifecycle, wording, viewing.row.state, viewing.visited)
    except DiagramError:
        log.warning("no picture of the lifecycle", exc_info=True, extra={"event": "diagram.failed"})
        drawn = ""
    return {
        "diagram": mark_safe(drawn),  # noqa: S308 -- written by our own code from escaped texts
        "visited": [reader.words.state(one) for one in viewing.visited],
        "sight": page.sight_table(viewing, reader),
        "looks": page.look_table(viewing, reader) if "history" in viewing.aspects else None,
    }


_BODIES = {"show": _request_tab, "history": _history_tab, "overview": _overview_tab}


# --- preview ---------------------------------------------------------------------------------------------------------


@signed_in
@require_GET
def preview(request: PersonRequest, number: str) -> HttpResponse:
    """The draft exactly as its recipient will see it, in the recipient's language.

    Raises:
        Http404: the action is not one that is drafted for a recipient.
    """
    action = request.GET.get("action", "")
    viewing = stage.opened(request, number, "preview")
    scene = stage.scene_of(viewing, action)
    if not scene.can_preview:
        raise Http404(_("There is no preview of this action."))
    data, _draft = stage.begun(scene)
    form_url = reverse("requests:act", args=[viewing.row.number, action])
    facts = facts_for(scene.compiled, scene.state, viewing.who.authority_id, viewing.facts.now, scene.action, data)
    command = Command(action, str(viewing.who.user_id), viewing.who.authority_id, viewing.roles, data)
    decision = decide(scene.compiled, scene.state, command, facts)
    if isinstance(decision, Refusal):
        for message in _missing(decision, scene):
            notes.warning(request, message)
        return HttpResponseRedirect(form_url)
    after = evolve(scene.compiled, viewing.row.number, scene.state, decision.event)
    party, authority = _recipient(scene, after)
    reader = reader_of(viewing)
    reader.names.want([authority])
    language = reader.names.main_language(authority)
    context = {
        "row": viewing.row,
        "recipient": reader.names.title(authority),
        "language": language,
        "body": _as_seen(viewing, scene, after, facts, party, authority, language),
        "form_url": form_url,
        "action_label": scene.words.action(action),
        "breadcrumbs": stage.trail(
            request, viewing.row.number, (form_url, scene.words.action(action)), ("", _("Preview"))
        ),
    }
    return render(request, "requests/preview.html", context)


def _missing(refusal: Refusal, scene: Scene) -> list[str]:
    if not refusal.errors:
        return [refusal_text(refusal, scene.action.id, scene.words)]
    labels = {
        field.id: scene.words.plain(f"{scene.words.prefixes.get(field.id, '')}.label", field.label)
        for field in scene.compiled.fields[scene.action.id]
    }
    told = [f"{labels.get(one.path.partition('.')[0], one.path)}: {field_error_text(one)}" for one in refusal.errors]
    return [_("There is something to fill in before the preview."), *dict.fromkeys(told)]


def _recipient(scene: Scene, after: State) -> tuple[str, str]:
    """The party that an action's form addresses, and the authority that holds it afterwards.

    Raises:
        Http404: the action addresses nobody.
    """
    for action in (scene.action, *scene.compiled.lifecycle.actions):
        for party in action.effects.set_party:
            if after.parties.get(party):
                return party, after.parties[party][0]
    raise Http404(_("This action has no recipient."))


def _as_seen(
    viewing: Viewing, scene: Scene, after: State, facts: Facts, party: str, authority: str, language: str
) -> str:
    """The request drawn for its recipient."""
    reached = replace(after, state=_where_awaited(scene.action, after, party, scene))
    roles = frozenset(
        role for one in scene.compiled.states[reached.state].awaits if one.party == party for role in one.roles
    )
    aspects = visible(scene.compiled, reached, authority, roles, facts)
    shown = disclose(scene.compiled, reached, aspects, (party,))
    with translation.override(language):
        reader = reader_of(viewing, language)
        reader.names.want([one for held in after.parties.values() for one in held])
        asking, answering = page.sides(viewing)
        languages = (
            page.side_language(reader, after.parties, asking),
            page.side_language(reader, after.parties, answering),
        )
        context = {
            **page.content(shown, reader, languages, viewing.row.number),
            "messages_": [],
            "masked": shown.personal_masked,
            "hidden": [],
            "sees": aspects,
            "preview": True,
        }
        return mark_safe(render_to_string("requests/content.html", context))  # noqa: S308 -- a template's own


def _where_awaited(action: Action, after: State, party: str, scene: Scene) -> str:
    """The state in which the recipient has its turn: the next one, or the one that follows an approval."""
    awaiting = {
        state.id for state in scene.compiled.lifecycle.states if any(one.party == party for one in state.awaits)
    }
    if after.state in awaiting:
        return after.state
    return next((branch.state for branch in action.to if branch.state in awaiting), after.state)
