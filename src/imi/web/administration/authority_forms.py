"""Forms of the coordinators' acts, and how what the administration refuses comes back to a form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from imi.administration.forms import STEPS, StepForm
from imi.administration.mandates import GRANT_ACCESS, Mandate
from imi.administration.reasons import Invalid, Refused
from imi.database.prepared import prepared
from imi.directory.models import Access
from imi.web import words
from imi.web.administration.user_rule import tell

LONGEST_REASON = 2000


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; None for one that is only looked at."""
    return request.POST if request.method == "POST" else None


def attempted(form: forms.Form, act: Callable[[], object]) -> bool:
    """Do an act; what speaks against it stands at the form, with everything that was typed.

    Raises:
        Refused: there is no form to be shown to this person.
    """
    try:
        act()
    except Refused as refused:
        form.add_error(None, tell(refused))
    except Invalid as invalid:
        blame(form, invalid)
    return not form.errors


def crowded() -> str:
    """What a form says when no password can be made at this moment, because very many are being checked."""
    return gettext("Very many people sign in at this moment. Try again soon.")


def blame(form: forms.Form, invalid: Invalid) -> None:
    """Put each fault at its field, or at the form where it has no such field."""
    for name, said in invalid.errors.items():
        field = name.rpartition(".")[2]
        form.add_error(field if field in form.fields else None, said)


class NoForm(forms.Form):
    """Nothing to be filled in: what is to be done needs a yes only."""


class ReasonForm(forms.Form):
    """Why something is done; whom it concerns reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The authority can read it."),
    )


class NameForm(forms.Form):
    """The official name."""

    name = forms.CharField(
        label=_("Official name"),
        max_length=300,
        help_text=_("In the authority's own language and script. It is never translated."),
    )


class ChooseForm(forms.Form):
    """One thing out of several."""

    chosen = forms.ChoiceField()

    def __init__(self, data: QueryDict | None, label: object, choices: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["chosen"]
        field.label = str(label)
        field.choices = [("", ""), *choices]  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(
        label=_("E-mail of the authority"),
        max_length=254,
        help_text=_("The link for registering is sent to this address."),
    )
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)
    areas = forms.MultipleChoiceField(
        label=_("Policy areas"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, data: QueryDict | None, areas: Iterable[tuple[str, str]], language: str) -> None:
        super().__init__(data, initial={"language": language})
        self.fields["areas"].choices = list(areas)  # type: ignore[attr-defined]


class CoordinatorForm(forms.Form):
    """What kind of coordinator is registered, and what it coordinates."""

    kind = forms.ChoiceField(label=_("Kind of coordinator"), widget=forms.RadioSelect)
    areas = forms.MultipleChoiceField(
        label=_("Policy areas that it coordinates"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Not asked where a coordinator of this kind coordinates all areas."),
    )

    def __init__(
        self, data: QueryDict | None, kinds: Iterable[tuple[str, str]], areas: Iterable[tuple[str, str]]
    ) -> None:
        super().__init__(data, prefix="coordinator")
        self.fields["kind"].choices = list(kinds)  # type: ignore[attr-defined]
        self.fields["areas"].choices = list(areas)  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """By what one looks whether a body is registered already."""

    name = forms.CharField(label=_("Official name"), max_length=300)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    email = forms.CharField(label=_("Contact e-mail"), max_length=254, required=False)
    website = forms.CharField(label=_("Website"), max_length=300, required=False)


# --- the steps of a registration on one page -------------------------------------------------------------------------


def step_form(step: str, country: str, data: QueryDict | None, initial: Mapping[str, Any] | None = None) -> StepForm:
    """One part of a registration, with the part's name before the names of its inputs."""
    form = STEPS[step](country, data)
    form.prefix = step
    form.initial = dict(initial or {})
    return form


def typed_steps(given: QueryDict) -> dict[str, dict[str, Any]]:
    """What was typed into all parts."""
    many = {"languages", "regions"}
    return {
        step: {
            name: given.getlist(f"{step}-{name}") if name in many else given.get(f"{step}-{name}", "")
            for name in form.base_fields
        }
        for step, form in STEPS.items()
    }


# --- accesses --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area that can be given: whether it is, and its request coordinators."""

    title: str
    given: BoundField
    coordinators: BoundField


class AreasForm(forms.Form):
    """Which areas an authority gets access to, each with its request coordinators (at least one)."""

    def __init__(
        self,
        data: QueryDict | None,
        titles: Mapping[str, str],
        coordinators: Mapping[str, list[tuple[str, str]]],
        own: str,
        wanted: Iterable[str] = (),
    ) -> None:
        super().__init__(data, prefix="access")
        self.titles = dict(titles)
        for area in self.titles:
            offered = coordinators.get(area, [])
            first = [own] if own in dict(offered) else [pk for pk, _name in offered[:1]]
            self.fields[f"area-{area}"] = forms.BooleanField(
                label=_("Give access"), required=False, initial=area in wanted
            )
            self.fields[f"with-{area}"] = forms.MultipleChoiceField(
                label=_("Request coordinators"),
                required=False,
                choices=offered,
                initial=first,
                widget=forms.CheckboxSelectMultiple,
            )

    def rows(self) -> list[AreaRow]:
        """The areas in the order of their titles."""
        ordered = sorted(self.titles.items(), key=lambda pair: pair[1])
        return [AreaRow(title, self[f"area-{area}"], self[f"with-{area}"]) for area, title in ordered]

    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The areas that are given, each with its request coordinators."""
        return {
            area: tuple(self.cleaned_data[f"with-{area}"])
            for area in self.titles
            if self.cleaned_data.get(f"area-{area}")
        }

    def clean(self) -> dict[str, Any]:
        """Ask for a coordinator where an area is given."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for area, coordinators in self.chosen().items() if not self.errors else ():
            if not coordinators:
                self.add_error(f"with-{area}", _("Choose at least one."))
        return values


def areas_form(
    may: Mandate,
    regions: Iterable[str],
    data: QueryDict | None,
    wanted: Iterable[str] = (),
    but: Iterable[str] = (),
    of: str = "",
) -> AreasForm:
    """The areas that somebody may give an authority; one query.

    Args:
        regions: those of the authority; a regional coordinator gives areas within its own only.
        wanted: those that it asked for.
        but: those that it has.
        of: the authority itself, which does not coordinate itself.
    """
    held = frozenset(regions)
    # Before the regions are typed, whatever could be given somewhere is offered; the act itself judges.
    possible = {one for one in may.administered if may.has(GRANT_ACCESS, one, held or may.regions)} - set(but)
    titles = {area: words.area_title(area, may.who.language) for area in sorted(possible)}
    found = coordinators_by_area(may.who.country, titles, of)
    return AreasForm(data, titles, found, may.who.authority_id, list(wanted))


def coordinators_by_area(country: str, areas: Iterable[str], but: str = "") -> dict[str, list[tuple[str, str]]]:
    """Who can coordinate in each area, as (id, name); one query."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for area, pk, name in _coordinators(country=country, areas=sorted(areas)):
        if pk != but:
            found[area].append((pk, name))
    return found


@prepared()
def _coordinators(country: str, areas: list[str]) -> QuerySet[Any, tuple[str, str, str]]:
    rows = Access.objects.filter(
        area__in=areas,
        role=Access.Role.COORDINATOR,
        suspended=False,
        authority__active=True,
        authority__country=country,
    )
    return rows.order_by("authority__name", "authority").values_list("area_id", "authority_id", "authority__name")
