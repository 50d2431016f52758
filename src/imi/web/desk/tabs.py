"""The parts of the coordinators' desk, each at its own address."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from imi.accounts.queries import Standing
from imi.helpdesk import queries as helpdesk
from imi.web.addresses import address_of
from imi.web.desk import deciding


def desk_tabs(who: Standing, current: str) -> list[dict[str, Any]]:
    """Following, looking after, deciding, answering: with how much waits for the user; two queries."""
    return [
        {"url": address_of("desk"), "label": _("What lies still"), "current": current == "desk", "count": 0},
        {
            "url": address_of("desk_deadlines"),
            "label": _("How the deadlines are kept"),
            "current": current == "deadlines",
            "count": 0,
        },
        {
            "url": address_of("desk_authorities"),
            "label": _("Authorities that need you"),
            "current": current == "authorities",
            "count": 0,
        },
        {
            "url": address_of("desk_decisions"),
            "label": _("Approvals and referrals"),
            "current": current == "decisions",
            "count": deciding.waiting(who),
        },
        {
            "url": f"{address_of('helpdesk:list')}?tab=desk",
            "label": _("Questions to us"),
            "current": False,
            "count": helpdesk.waiting(who).desk,
        },
    ]
