"""Printing a request: choose what, get an accessible PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.core.notation import Aspect
from imi.core.visible import Disclosed, without_personal_data
from imi.exchanges.queries import Viewing
from imi.web import pdf
from imi.web.access import PersonRequest, signed_in
from imi.web.requests import page, stage, timeline
from imi.web.requests.figures import moment_text
from imi.web.requests.values import Reader
from imi.web.requests.views_show import reader_of

# What may be ticked, and what the user must be allowed to see for it.
_PARTS: dict[str, frozenset[Aspect]] = {
    "parties": frozenset({"overview"}),
    "questions": frozenset({"request"}),
    "personal": frozenset({"personal"}),
    "messages": frozenset({"messages"}),
    "attachments": frozenset({"attachments"}),
    "history": frozenset({"history"}),
}
_USUAL = ("parties", "questions")


def _labels() -> dict[str, str]:
    return {
        "parties": _("Parties and dates"),
        "questions": _("Request, questions and answers"),
        "personal": _("Personal data"),
        "messages": _("Messages"),
        "attachments": _("List of documents"),
        "history": _("History"),
    }


@signed_in
@require_http_methods(["GET", "POST"])
def printed(request: PersonRequest, number: str) -> HttpResponse:
    """Ask what to print; then hand out the PDF. Printing counts as a look at what is printed."""
    viewing = stage.opened(request, number, "print")
    if "overview" not in viewing.aspects:
        raise Http404
    offered = [name for name, needed in _PARTS.items() if needed <= viewing.aspects]
    if request.method == "GET":
        return _asked(request, viewing, offered)
    chosen = [name for name in offered if name in request.POST.getlist("part")]
    if not chosen:
        notes.error(request, _("Choose at least one part to print."))
        return HttpResponseRedirect(reverse("requests:print", args=[viewing.row.number]))
    try:
        made = pdf.from_html(_document(request, viewing, frozenset(chosen)))
    except pdf.PdfUnavailable:
        text = _("This installation cannot make PDF files. Ask its operator to install the libraries for printing.")
        notes.error(request, text)
        return HttpResponseRedirect(reverse("requests:print", args=[viewing.row.number]))
    except pdf.PageTooLarge:
        notes.error(request, _("This is too much for one PDF file. Choose fewer parts."))
        return HttpResponseRedirect(reverse("requests:print", args=[viewing.row.number]))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{viewing.row.number}.pdf"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _asked(request: PersonRequest, viewing: Viewing, offered: list[str]) -> HttpResponse:
    labels = _labels()
    url = reverse("requests:show", args=[viewing.row.number])
    context = {
        "row": viewing.row,
        "parts": [{"id": name, "label": labels[name], "ticked": name in _USUAL} for name in offered],
        "show_url": url,
        "breadcrumbs": stage.trail(request, viewing.row.number, ("", _("Print"))),
    }
    return render(request, "requests/print.html", context)


def _document(request: PersonRequest, viewing: Viewing, chosen: frozenset[str]) -> str:
    """The request as a page to be printed, with the parts that were ticked."""
    reader = reader_of(viewing)
    asking, answering = page.sides(viewing)
    languages = (
        page.side_language(reader, viewing.holders, asking),
        page.side_language(reader, viewing.holders, answering),
    )
    shown = cut(viewing, chosen)
    context: dict[str, Any] = {
        "language": get_language(),
        "number": viewing.row.number,
        "title": reader.words.procedure(),
        "area": reader.words.area(),
        "state": reader.words.state(viewing.row.state),
        "chosen": chosen,
        "masked": "personal" not in chosen,
        "parties": page.parties(viewing, reader),
        "deadlines": page.running(viewing, reader),
        "events": timeline.items(viewing, reader.words, reader.names) if "history" in chosen else [],
        "messages_": page.messages(viewing, reader) if "messages" in chosen else [],
        "printed_by": request.user.get_full_name(),
        "printed_at": moment_text(viewing.facts.now),
        **_content(viewing, shown, reader, languages, chosen),
    }
    return render_to_string("print/request.html", context)


def _content(
    viewing: Viewing, shown: Disclosed, reader: Reader, languages: tuple[str, str], chosen: frozenset[str]
) -> dict[str, Any]:
    nothing: dict[str, Any] = {"sections": [], "asked": []}
    found = page.content(shown, reader, languages, viewing.row.number) if "questions" in chosen else nothing
    listed = page.files(viewing.shown.attachments, reader, viewing.row.number) if "attachments" in chosen else []
    return {**found, "files": listed}


def cut(viewing: Viewing, chosen: frozenset[str]) -> Disclosed:
    """What is printed of the content: without the tick for personal data, no fields, comments or words that hold it.

    Free text of answers may name people, so it goes with the personal data; predefined answers stay.
    """
    shown = viewing.shown
    if "personal" in chosen:
        return shown
    compiled = viewing.compiled
    content = {name: value for name, value in shown.content.items() if name not in compiled.personal_fields}
    items = tuple(without_personal_data(compiled, item) for item in shown.items)
    kept = {
        question: {key: value for key, value in answer.items() if key in ("value", "cannot_say")}
        for question, answer in shown.answers.items()
        if question in compiled.questions
        and not compiled.questions[question].personal
        and (compiled.questions[question].answer != "text" or "cannot_say" in answer)
    }
    return replace(shown, content=content, items=items, answers=kept)
