"""Documents of a request: handed out as downloads only, and never run in the browser."""

from __future__ import annotations

import logging

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from imi.exchanges.models import Draft
from imi.exchanges.queries import Viewing
from imi.files.queries import open_file, uploaded_by
from imi.web.access import PersonRequest, signed_in
from imi.web.requests import stage

log = logging.getLogger("imi.requests")


@signed_in
@require_GET
def download(request: PersonRequest, number: str, file: str) -> FileResponse:
    """One document. Before the rules show the documents to the user's side, the refusal says so and is logged."""
    viewing = stage.opened(request, number, "file")
    found = _shown(viewing, file) or _in_own_draft(viewing, file)
    if found is None:
        raise _refusal(request, viewing, file)
    name, media_type = found
    try:
        stream = open_file(file)
    except FileNotFoundError:
        raise Http404(_("This document has been deleted.")) from None
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=media_type)
    # A browser that opens it all the same gives it no script, no origin and no other kind than the one stated.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _shown(viewing: Viewing, file: str) -> tuple[str, str] | None:
    return next(((one.name, one.media_type) for one in viewing.shown.attachments if one.id == file), None)


def _in_own_draft(viewing: Viewing, file: str) -> tuple[str, str] | None:
    """A document that the own authority has attached to a draft of this exchange, for those who see its documents."""
    if "attachments" not in viewing.aspects:
        return None
    drafts = Draft.objects.filter(exchange=viewing.row, authority=viewing.who.authority_id)
    named = any(
        isinstance(one, dict) and one.get("id") == file
        for draft in drafts
        for value in draft.data.values()
        if isinstance(value, list)
        for one in value
    )
    stored = uploaded_by(viewing.who.authority_id, [file]).get(file) if named else None
    return (stored.name, stored.media_type) if stored else None


def _refusal(request: PersonRequest, viewing: Viewing, file: str) -> Exception:
    """The answer to somebody who may not have a document: hidden now, or not there at all. It is written to the log."""
    log.warning(
        "a document was refused",
        extra={"event": "file.refused", "exchange": viewing.row.number, "user": request.standing.user_id},
    )
    if "attachments" not in viewing.aspects:
        return PermissionDenied(_("Your side does not see the documents of this request in its present state."))
    return Http404(_("There is no such document in this request."))
