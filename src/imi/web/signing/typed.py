"""What somebody typed before the session ended: looked at again, then sent or given up."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from imi.web.access import PersonRequest, safe_next, signed_in
from imi.web.signing import kept
from imi.web.signing.kept import Form


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: PersonRequest) -> HttpResponse:
    """Show a form that was kept; send it where it was to go, with all its fields, or forget it."""
    wanted = safe_next(request, request.GET.get("next"))
    form = kept.found(request)
    if form is None:
        return HttpResponseRedirect(wanted)
    return looked_at(request, form, wanted, kept.forget)


def looked_at(request: HttpRequest, form: Form, wanted: str, forget: Callable[[HttpRequest], None]) -> HttpResponse:
    """Show a form that was kept to its author, and do what the author says.

    Args:
        wanted: where one goes on without sending it.
        forget: what forgets the form.
    """
    if request.method == "POST":
        forget(request)
        if "kept-send" not in request.POST or form.files:
            return HttpResponseRedirect(wanted)
        # With this status the browser sends the same fields on by the same method.
        return HttpResponseRedirect(safe_next(request, form.path), status=307)
    context = {"kept": form, "next": wanted}
    return render(request, "account/typed.html", context)
