"""Opening an exchange for one user and one action: what every page of a request begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from imi.exchanges.actions import NoSuchExchange, state_of
from imi.exchanges.facts import facts_for
from imi.exchanges.models import Draft
from imi.exchanges.queries import Viewing, view
from imi.web.access import PersonRequest
from imi.web.context import LIST_PLACE
from imi.web.requests.concepts import Concepts
from imi.web.requests.forms import ActionForm, first_values
from imi.web.requests.scene import Scene
from imi.web.requests.texts import Words

LONGEST_NUMBER = 24


def opened(request: PersonRequest, number: str, purpose: str) -> Viewing:
    """The exchange as the user may see it; the look is logged.

    Raises:
        Http404: there is none for this user. Whether there is one for others is not told.
    """
    if not number.isprintable():
        raise Http404
    try:
        return view(request.standing, number[:LONGEST_NUMBER], purpose, getattr(request, "request_id", ""))
    except NoSuchExchange:
        raise Http404(_("There is no such exchange, or it does not concern your authority.")) from None


def trail(request: PersonRequest, number: str, *places: tuple[str, str]) -> list[dict[str, str]]:
    """The breadcrumbs of a page of an exchange; the list is the one the user came from, at the same place.

    Args:
        places: (address, label) below the exchange's own page; the address of the page itself may be empty.
    """
    listed = request.session.get(LIST_PLACE) or reverse("exchanges")
    own = reverse("requests:show", args=[number])
    steps = [(listed, _("Exchanges")), (own, number), *places]
    return [{"url": url, "label": label} for url, label in steps]


def words_for(viewing: Viewing, language: str | None = None) -> Words:
    """The exchange's definition, speaking the page's language."""
    return Words(viewing.row.definition_id, language or get_language() or "en")


def scene_of(viewing: Viewing, action: str) -> Scene:
    """One action's form before the user.

    Raises:
        Http404: the procedure has no such action for the user's party.
    """
    rule = viewing.compiled.actions.get(action)
    if rule is None or viewing.offer(action) is None:
        raise Http404(_("There is no such action for your side of this exchange."))
    words = words_for(viewing)
    state = state_of(viewing.row)
    facts = viewing.facts
    if any(field.type == "colleagues" for field in viewing.compiled.fields[action]):
        facts = facts_for(viewing.compiled, state, viewing.who.authority_id, facts.now, rule)
    return Scene(viewing, state, facts, rule, words, Concepts(words.language))


def begun(scene: Scene) -> tuple[dict[str, Any], Draft | None]:
    """What the form begins with: the draft that colleagues or the user kept, or the first values."""
    draft = scene.viewing.draft(scene.action.id) if scene.action.keeps_draft else None
    values = first_values(scene.action, scene.state, scene)
    return ({**values, **draft.data} if draft else values), draft


def fresh_form(scene: Scene, data: Mapping[str, Any]) -> ActionForm:
    """The form with these values in it, ready to be shown."""
    form = ActionForm(scene)
    form.draw(data)
    return form
