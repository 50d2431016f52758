"""Where a page about authorities stands in the administration."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _


def trail(part: str, title: str = "") -> list[dict[str, str]]:
    """The way to a page, as ``breadcrumb_trail`` draws it.

    Args:
        part: the list to which it belongs, by the name of its address.
        title: of the page itself, unless it is that list.
    """
    labels = {"list": _("Authorities"), "admissions": _("Registrations"), "own": _("My authority")}
    found = [
        {"url": reverse("administration"), "label": _("Administration")},
        {"url": reverse(f"authorities:{part}"), "label": labels[part]},
    ]
    return [*found, {"url": "", "label": title}] if title else found
