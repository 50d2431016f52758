"""The two pages of the floor: a list of exchanges and one exchange. Addresses stand at the end."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone

from bench.floor.models import Counter, Event, Exchange, Message, Outbox

SIZE, LATE_CAP = 25, 100


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Twenty-five exchanges in five indexed queries; the states are counted in a table, the late up to a cap."""
    own, now = request.user.authority_id, timezone.now()
    received = Exchange.objects.filter(answering=own)
    context = {
        "counters": list(Counter.objects.filter(authority=own).order_by("direction", "state")),
        "rows": list(received.select_related("asking").order_by("-updated_at")[:SIZE]),
        "sent": list(Exchange.objects.filter(asking=own).order_by("-updated_at")[:5]),
        "late": received.filter(due_at__lt=now)[:LATE_CAP].count(),
        "unread": Outbox.objects.filter(authority=own, read_at=None)[:LATE_CAP].count(),
        "now": now,
    }
    return render(request, "list.html", context)


@login_required
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """One exchange in three queries."""
    exchanges = Exchange.objects.select_related("asking", "answering")
    exchange = get_object_or_404(exchanges, number=number)
    if request.user.authority_id not in (exchange.asking_id, exchange.answering_id):
        return HttpResponse(status=404)
    context = {
        "exchange": exchange,
        "messages_": list(Message.objects.filter(exchange=exchange).select_related("author").order_by("pk")),
        "events": list(Event.objects.filter(exchange=exchange).select_related("by").order_by("seq")),
    }
    return render(request, "exchange.html", context)


urlpatterns = [
    path("", listed, name="list"),
    path("exchanges/<str:number>/", shown, name="show"),
]
