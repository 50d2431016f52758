"""The coordinator's list of authorities as a table for office programs: UTF-8 with its mark, no cell is a formula.

What the list shows and what the cards hold, so that a coordinator can sort, count and write letters elsewhere. No data
of persons: who works where stays in the system.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.directory import queries as directory
from imi.directory.models import Authority
from imi.directory.reference import coordinator_kinds
from imi.directory.titles import titles
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_list import mandate_of, row_of, wanted_in
from imi.web.administration.authority_queries import Line, areas_of, coordinated, coordinators_behind
from imi.web.administration.authority_words import kind_title, territory_text
from imi.web.administration.user_rule import judged

MOST = 20_000
BATCH = 1000  # a statement has room for a limited number of ids
# Office programs also take the wide forms of these signs for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@judged
@require_safe
def export(request: PersonRequest) -> HttpResponse:
    """The list with the same filters, each authority with what its card and its coordinators are."""
    may, wanted = mandate_of(request), wanted_in(request)
    lines = coordinated(may, wanted, timezone.localdate(), size=MOST)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(harmless, _headings()))
    for start in range(0, len(lines), BATCH):
        for cells in _rows(lines[start : start + BATCH], request.standing.language):
            writer.writerow(map(harmless, cells))
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="authorities-{timezone.localdate().isoformat()}.csv"'
    return answer


def harmless(cell: str) -> str:
    """A cell that no office program takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _headings() -> list[str]:
    return [
        _("Identifier"),
        _("Official name"),
        _("Informal title"),
        _("Role"),
        _("Street and number"),
        _("Postcode"),
        _("City"),
        _("Contact e-mail"),
        _("Telephone"),
        _("Website"),
        _("Languages"),
        _("Competent for"),
        _("Policy areas"),
        _("Request coordinators"),
        _("Validated by"),
        _("State"),
        _("Confirm data by"),
        _("Somebody has signed in"),
    ]


def _rows(lines: list[Line], lang: str) -> Iterator[list[str]]:
    """The cells of some authorities; five queries."""
    ids = [line.id for line in lines]
    authorities = Authority.objects.select_related("validator").in_bulk(ids)
    areas, behind, places = areas_of(ids), coordinators_behind(ids), directory.territories(ids)
    named, in_words = titles(authorities.values(), lang), words.area_titles(lang)
    for line in lines:
        one = authorities[line.id]
        row = row_of(line, areas.get(line.id, []), in_words)
        kind = coordinator_kinds().get(one.coordinator_kind)
        yield [
            one.pk,
            one.name,
            named[one.pk].text,
            kind_title(one.coordinator_kind) or _("Competent authority"),
            one.street,
            one.postcode,
            one.city,
            one.email,
            one.phone,
            one.website,
            ", ".join(directory.language_name(code, lang) for code in one.languages),
            territory_text(kind, places.get(one.pk, [])),
            "; ".join(row.areas),
            _by_area(behind.get(one.pk, {}), in_words),
            one.validator.name if one.validator else "",
            row.state,
            line.confirm_by.isoformat(),
            _("no") if line.never else _("yes"),
        ]


def _by_area(behind: Mapping[str, list[str]], in_words: Mapping[str, str]) -> str:
    return "; ".join(f"{in_words.get(area, area)}: {', '.join(names)}" for area, names in behind.items())
