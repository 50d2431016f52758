"""The pages of actions: fill in the form, keep it as a draft, take the action, or hear why not."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from imi.core.forms import check_form
from imi.core.refusal import FieldError, Refusal
from imi.directory.queries import find_concepts
from imi.exchanges import lists
from imi.exchanges.actions import Done, DraftOvertaken, DraftSaved, KeyReused, NoSuchExchange, Refused, save_draft
from imi.exchanges.actions import act as take
from imi.exchanges.facts import facts_for
from imi.exchanges.models import EventRecord
from imi.exchanges.queries import Viewing
from imi.web.access import PersonRequest, signed_in
from imi.web.reasons import refusal_text
from imi.web.requests import stage
from imi.web.requests.figures import clock_text, moment_text
from imi.web.requests.forms import ActionForm
from imi.web.requests.names import Names
from imi.web.requests.scene import PREFIX, Scene, Sent

LONGEST_KEY = 64


@signed_in
@require_http_methods(["GET", "POST"])
def act(request: PersonRequest, number: str, action: str) -> HttpResponse:
    """The form of an action, and what happens when one of its buttons is pressed."""
    viewing = stage.opened(request, number, action)
    typed = _typed(request)
    if typed and not viewing.parties and not viewing.linked:
        return _passed_on(request, viewing, typed)
    scene = stage.scene_of(viewing, action)
    if request.method == "GET":
        return _shown(request, scene)
    barred = _barred(scene)
    if barred is not None:
        return _refused(request, scene, barred)
    sent = Sent(request.POST, request.FILES)
    before, _draft = stage.begun(scene)
    form = ActionForm(scene)
    data = form.read(sent, before)
    match sent.button:
        case "submit":
            return _submitted(request, form, data)
        case "save" | "preview" if scene.action.keeps_draft:
            return _saved(request, form, data, sent.button)
        case _:
            # A finder, a filter, one more row: the page again, with everything that was typed.
            return _again(request, form, data)


def _typed(request: PersonRequest) -> list[str]:
    """What somebody wrote in a form that was sent: its texts of more than one word."""
    sent = ((name, value.strip()) for name in request.POST for value in request.POST.getlist(name))
    return [value for name, value in sent if name.startswith(f"{PREFIX}-") and len(value.split()) > 1]


def _passed_on(request: PersonRequest, viewing: Viewing, typed: list[str]) -> HttpResponse:
    """The authority handed the exchange over while somebody was writing: the words are given back to be copied."""
    context = {
        "row": viewing.row,
        "procedure": stage.words_for(viewing).procedure(),
        "show_url": reverse("requests:show", args=[viewing.row.number]),
        "typed": typed,
    }
    return render(request, "requests/passed_on.html", context, status=409)


def _shown(request: PersonRequest, scene: Scene) -> HttpResponse:
    """The page as it is first opened; where the action is refused, the reason instead of the form."""
    refusal = _refusal(scene)
    if refusal is not None:
        return _refused(request, scene, refusal)
    data, draft = stage.begun(scene)
    form = stage.fresh_form(scene, data)
    return _page(request, form, draft_version=draft.version if draft else 0, draft=draft)


def _refusal(scene: Scene) -> Refusal | None:
    """Why the action cannot be taken now, as far as can be said before its form is filled in."""
    offer = scene.viewing.offer(scene.action.id)
    return offer.refusal if offer is not None else None


def _barred(scene: Scene) -> Refusal | None:
    """Why the action is not the user's at all: its form, with what colleagues have typed, is not shown either.

    Who only comes at the wrong moment gets the form back, so that no text is lost.
    """
    refusal = _refusal(scene)
    return refusal if refusal is not None and refusal.code in ("party", "role", "blocked") else None


def _refused(request: PersonRequest, scene: Scene, refusal: Refusal) -> HttpResponse:
    context = {
        **_frame(request, scene),
        "reason": refusal_text(refusal, scene.action.id, scene.words),
    }
    return render(request, "requests/refused.html", context, status=403)


# --- taking the action -----------------------------------------------------------------------------------------------


def _submitted(request: PersonRequest, form: ActionForm, data: dict[str, Any]) -> HttpResponse:
    scene = form.scene
    own = form.check(data)
    # Of an action that is refused anyway the reason is told, not what is wrong with its form.
    if (own or scene.faults) and _refusal(scene) is None:
        return _wrong(request, form, data, [*own, *_engine_errors(scene, data)])
    try:
        outcome = take(request.standing, scene.viewing.row.number, scene.action.id, data, _seen(request), _key(request))
    except KeyReused:
        return _sent_before(request, form, data)
    except NoSuchExchange:
        return HttpResponseRedirect(reverse("exchanges"))
    if isinstance(outcome, Done):
        return _done(request, scene)
    if outcome.refusal.code == "invalid":
        return _wrong(request, form, data, outcome.refusal.errors)
    return _overtaken(request, form, data, outcome)


def _key(request: PersonRequest) -> str:
    return request.POST.get("key", "")[:LONGEST_KEY] or uuid.uuid4().hex


def _seen(request: PersonRequest) -> int | None:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else None


def _engine_errors(scene: Scene, data: Mapping[str, Any], complete: bool = True) -> list[FieldError]:
    """What the engine says of the form, before anything is tried: so that all faults are shown at once."""
    facts = facts_for(scene.compiled, scene.state, scene.viewing.who.authority_id, scene.facts.now, scene.action, data)
    _cleaned, errors = check_form(
        scene.compiled,
        scene.action,
        data,
        scene.state,
        scene.values(),
        facts,
        scene.viewing.who.authority_id,
        complete=complete,
    )
    return errors


def _done(request: PersonRequest, scene: Scene) -> HttpResponse:
    """On to the exchange, with the news and the way to the next task."""
    number = scene.viewing.row.number
    text = format_html("{} {}: {}", number, scene.words.action(scene.action.id), _("done."))
    following = lists.next_task(request.standing, after=number)
    if following is not None:
        url = reverse("requests:show", args=[following.exchange.number])
        text = format_html('{} <a class="ecl-link" href="{}">{}</a>', text, url, _("Go to your next task"))
    messages.success(request, text)
    return HttpResponseRedirect(reverse("requests:show", args=[number]))


def _wrong(
    request: PersonRequest, form: ActionForm, data: dict[str, Any], errors: Iterable[FieldError]
) -> HttpResponse:
    form.draw(data, errors)
    return _page(request, form, status=422, draft_version=_version(request))


def _overtaken(request: PersonRequest, form: ActionForm, data: dict[str, Any], outcome: Refused) -> HttpResponse:
    """Somebody else was faster, or the action is refused for another reason: the text stays on the page."""
    viewing = stage.opened(request, form.scene.viewing.row.number, form.scene.action.id)
    scene = stage.scene_of(viewing, form.scene.action.id)
    scene.faults = form.scene.faults
    fresh = ActionForm(scene)
    fresh.draw(data)
    offer = viewing.offer(scene.action.id)
    still = offer is not None and offer.allowed
    return _page(
        request,
        fresh,
        status=409,
        draft_version=_version(request),
        conflict=_who_did_what(scene, outcome.latest) if outcome.latest else "",
        reason=refusal_text(outcome.refusal, scene.action.id, scene.words),
        may_send=still,
    )


def _who_did_what(scene: Scene, latest: EventRecord) -> str:
    """Who acted meanwhile: people of the own authority by name, others as their authority."""
    names = Names(scene.language)
    names.want([latest.authority])
    person = names.person(latest.user) if latest.authority == scene.viewing.who.authority_id else ""
    title = names.title(latest.authority) or _("The system")
    who = format_html("{} ({})", person, title) if person else title
    done = scene.words.done(latest.name)
    return format_html("{} {}, {}.", who, done, moment_text(latest.at))


def _sent_before(request: PersonRequest, form: ActionForm, data: dict[str, Any]) -> HttpResponse:
    form.draw(data)
    reason = _("This form had been sent before, with other content. If you want to send it again, press the button.")
    return _page(request, form, status=409, draft_version=_version(request), reason=reason)


# --- drafts ----------------------------------------------------------------------------------------------------------


def _version(request: PersonRequest) -> int:
    version = request.POST.get("draft_version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else 0


def _keep(request: PersonRequest, scene: Scene, data: Mapping[str, Any]) -> DraftSaved | DraftOvertaken | Refused:
    return save_draft(request.standing, scene.viewing.row.number, scene.action.id, data, version=_version(request))


def _saved(request: PersonRequest, form: ActionForm, data: dict[str, Any], button: str) -> HttpResponse:
    """Keep the draft; what must be there even in a draft is asked for first."""
    scene = form.scene
    missing = [one for one in _engine_errors(scene, data, complete=False) if one.code == "required"]
    if missing or scene.faults:
        return _wrong(request, form, data, missing)
    kept = _keep(request, scene, data)
    if isinstance(kept, Refused):
        return _overtaken(request, form, data, kept)
    if isinstance(kept, DraftOvertaken):
        form.draw(data)
        return _page(
            request,
            form,
            status=409,
            draft_version=kept.version,
            conflict=_draft_conflict(kept),
            reason=_("Your text is kept below. Save again to put it in the place of the other draft."),
        )
    if button == "preview":
        return HttpResponseRedirect(
            f"{reverse('requests:preview', args=[scene.viewing.row.number])}?action={scene.action.id}"
        )
    messages.success(request, _("The draft is saved. Your colleagues can go on with it."))
    return HttpResponseRedirect(reverse("requests:act", args=[scene.viewing.row.number, scene.action.id]))


def _draft_conflict(kept: DraftOvertaken) -> str:
    return _("%(person)s saved this draft at %(time)s.") % {"person": kept.by, "time": clock_text(kept.saved_at)}


def _again(request: PersonRequest, form: ActionForm, data: dict[str, Any]) -> HttpResponse:
    version = _version(request)
    if form.scene.action.keeps_draft:
        kept = _keep(request, form.scene, data)
        version = kept.version if isinstance(kept, DraftSaved) else version
    form.draw(data)
    return _page(request, form, draft_version=version)


@signed_in
@require_POST
def draft(request: PersonRequest, number: str, action: str) -> JsonResponse:
    """Keep what is being typed, without a press of a button."""
    scene = stage.scene_of(stage.opened(request, number, action), action)
    if not scene.action.keeps_draft:
        return JsonResponse({"message": _("This form keeps no draft.")}, status=400)
    barred = _barred(scene)
    if barred is not None:
        return JsonResponse({"message": refusal_text(barred, action, scene.words)}, status=403)
    before, stored = stage.begun(scene)
    data = ActionForm(scene).read(Sent(request.POST, request.FILES), before)
    if stored is not None and stored.version != _version(request):
        # A form that was replaced meanwhile, or another window of the same person: only a press of a button overwrites.
        kept: DraftSaved | DraftOvertaken | Refused = DraftOvertaken(
            stored.user.get_full_name(), stored.saved_at, stored.version
        )
    else:
        kept = _keep(request, scene, data)
    if isinstance(kept, DraftOvertaken):
        return JsonResponse({"message": _draft_conflict(kept), "by": kept.by}, status=409)
    if isinstance(kept, Refused):
        return JsonResponse({"message": refusal_text(kept.refusal, action, scene.words)}, status=409)
    fields = {"draft_version": str(kept.version)}
    return JsonResponse({"saved_at": clock_text(kept.saved_at), "fields": fields})


# --- the page --------------------------------------------------------------------------------------------------------


def _frame(request: PersonRequest, scene: Scene) -> dict[str, Any]:
    row = scene.viewing.row
    action = scene.action
    return {
        "row": row,
        "action": action,
        "title": scene.words.action(action.id),
        "plain_title": scene.words.plain(f"actions.{action.id}.title", action.title),
        "help": scene.words.action_help(action),
        "procedure": scene.words.procedure(),
        "show_url": reverse("requests:show", args=[row.number]),
        "breadcrumbs": stage.trail(request, row.number, ("", scene.words.action(action.id))),
        "told": _told(scene),
    }


def _told(scene: Scene) -> list[str]:
    """Which sides are told of the action by mail and notice."""
    parties = dict.fromkeys(one.partition(".")[0] for one in scene.action.tells)
    return [scene.words.party(party) for party in parties if party != scene.party]


def _page(
    request: PersonRequest,
    form: ActionForm,
    status: int = 200,
    draft_version: int = 0,
    draft: Any = None,
    conflict: str = "",
    reason: str = "",
    may_send: bool = True,
) -> HttpResponse:
    scene = form.scene
    number, action = scene.viewing.row.number, scene.action
    context = {
        **_frame(request, scene),
        "form": form,
        "act_url": reverse("requests:act", args=[number, action.id]),
        "draft_url": reverse("requests:draft", args=[number, action.id]) if action.keeps_draft else "",
        "concepts_url": reverse("requests:concepts"),
        "schemes": sorted(_schemes(scene)),
        "seen": scene.viewing.row.seq,
        "key": uuid.uuid4().hex if status == 409 else request.POST.get("key", "")[:LONGEST_KEY] or uuid.uuid4().hex,
        "draft_version": draft_version,
        "draft": draft,
        "saved_at": clock_text(draft.saved_at) if draft and draft.saved_at.date() == timezone.now().date() else "",
        "conflict": conflict,
        "reason": reason,
        "may_send": may_send,
        "can_preview": scene.can_preview,
        "danger": action.tone == "danger",
    }
    return render(request, "requests/act.html", context, status=status)


def _schemes(scene: Scene) -> set[str]:
    """The classifications from which names are suggested while typing."""
    fields = scene.compiled.fields[scene.action.id]
    found = {one.scheme for one in fields if one.scheme}
    if any(one.type == "questions" for one in fields):
        found |= {one.scheme for one in scene.compiled.placeholders.values() if one.scheme}
    if any(one.type == "answers" for one in fields):
        found |= {one.scheme for one in scene.compiled.questions.values() if one.scheme}
    if any(one.type == "authority" for one in fields):
        found |= set(scene.compiled.definition.area.schemes)
    return {one for one in found if one}


@signed_in
@require_GET
def concepts(request: PersonRequest) -> HttpResponse:
    """Names of concepts that begin like what is being typed, as the choices of an input."""
    scheme = request.GET.get("scheme", "")[:63]
    typed = next((str(value) for name, value in request.GET.items() if name.startswith(f"{PREFIX}-")), "")
    found = find_concepts(typed[:200].replace("\x00", ""), scheme.replace("\x00", ""), get_language() or "en", 12)
    return HttpResponse(render_to_string("requests/concept_options.html", {"found": found}))
