"""Find an authority inside a form: by country, own words, profession or activity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from imi.core.refusal import FieldError
from imi.directory.models import Authority, AuthorityConcept, Register, RegisterText
from imi.directory.queries import (
    ACTIVITIES,
    PROFESSIONS,
    card,
    concept_labels,
    country_name,
    find_authorities,
    language_name,
)
from imi.directory.titles import marked
from imi.web.requests import choices, concepts
from imi.web.requests.choices import Choice
from imi.web.requests.fields import Ask, Control, DrawnForm, Place, PlainSelect, suggesting
from imi.web.requests.scene import Scene, Sent, id_of, name_of

SHOWN = 15
_SEARCHED = (PROFESSIONS, ACTIVITIES)
MOST_CONCEPTS = 6


@dataclass(frozen=True, slots=True)
class Card:
    """An authority as one chooses it."""

    id: str
    title: str
    name: str
    name_lang: str
    place: str
    languages: str
    competence: tuple[str, ...]
    registers: tuple[tuple[str, str], ...]  # (name, address)
    why: str = ""


def cards(
    authorities: Collection[Authority], titles: Mapping[str, str], whys: Mapping[str, str], lang: str
) -> list[Card]:
    """The cards of authorities in a reader's language; a fixed number of queries however many there are."""
    ids = [one.pk for one in authorities]
    tags: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = AuthorityConcept.objects.filter(authority__in=ids).order_by("concept__code").distinct()
    for authority, scheme, code in rows.values_list("authority_id", "concept__scheme", "concept__code"):
        tags[authority].append((scheme, code))
    wanted: dict[str, set[str]] = defaultdict(set)
    for pairs in tags.values():
        for scheme, code in pairs:
            wanted[scheme].add(code)
    labels = {scheme: concept_labels(codes, scheme, lang) for scheme, codes in wanted.items()}
    registers = _registers(ids, lang)
    return [
        Card(
            id=one.pk,
            title=titles.get(one.pk, one.name),
            name=one.name,
            name_lang=one.languages[0] if one.languages else "",
            place=", ".join(part for part in (one.city, country_name(one.country_id, lang)) if part),
            languages=", ".join(language_name(code, lang) for code in one.languages),
            competence=tuple(labels[scheme][code] for scheme, code in tags[one.pk][:MOST_CONCEPTS]),
            registers=tuple(registers[one.pk]),
            why=whys.get(one.pk, ""),
        )
        for one in authorities
    ]


def _registers(ids: Collection[str], lang: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    registers = {one.pk: one for one in Register.objects.filter(authority__in=ids).order_by("pk")}
    names: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, language, name in RegisterText.objects.filter(register__in=registers).values_list(
        "register_id", "lang", "name"
    ):
        names[pk][language] = name
    for pk, register in registers.items():
        known = names[pk]
        name = known.get(lang) or known.get("en") or next(iter(known.values()), register.url)
        found[register.authority_id].append((name, register.url))
    return found


class AuthorityChoice(Control):
    """An authority: the one chosen, a finder, and what the finder found."""

    drawn_as = "authority"

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene) -> None:
        super().__init__(asked, path, scene)
        self.name = name_of(*path)
        self.find = "find:" + "--".join(path)
        self.chosen: Card | None = None
        self.found: list[Card] = []
        self.searched = False
        self.more = False
        self.country = self._fixed_country()
        self.schemes = [one for one in scene.compiled.definition.area.schemes if one in _SEARCHED]

    def _fixed_country(self) -> str:
        """The country the authority must be of, if the definition says so."""
        party = self.field.same_country_as
        return self._country_of(party) if party else ""

    def _country_of(self, party: str) -> str:
        known = self.scene.state.countries
        return known.get(party) or self.scene.viewing.who.country

    def read(self, sent: Sent) -> Any:
        """The id of the authority chosen."""
        return sent.one(*self.path)

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw the choice, the finder and its results."""
        sent = self.scene.sent
        self.searched = sent is not None and sent.button == self.find
        wishes = self._wishes(sent)
        self._draw_finder(form, wishes)
        if isinstance(value, str) and value:
            self._draw_chosen(value)
        if self.searched:
            self._search(wishes)

    def _wishes(self, sent: Sent | None) -> dict[str, str]:
        """What is looked for; at first the profession or activity that the request is about."""
        if sent is not None and sent.values.get(name_of(*self.path, "words")) is not None:
            keys = ("country", "words", *self.schemes)
            return {key: sent.one(*self.path, key) for key in keys}
        data = self.scene.data
        content = {**self.scene.viewing.shown.content, **data}
        fields = self.scene.compiled.field_by_name.values()
        return {
            field.scheme: str(content[field.id])
            for field in fields
            if field.type == "concept" and field.scheme in self.schemes and content.get(field.id)
        }

    def _draw_finder(self, form: DrawnForm, wishes: dict[str, str]) -> None:
        if not self.country:
            other = self._country_of(self.field.other_country_than) if self.field.other_country_than else ""
            offered: list[Choice] = [one for one in choices.participants(self.scene.language) if one[0] != other]
            country = forms.ChoiceField(
                label=_("Country"), required=False, choices=[("", _("Any country")), *offered], widget=PlainSelect()
            )
            self.bound.append(form.draw((*self.path, "country"), country, wishes.get("country", "")))
        words = forms.CharField(
            label=_("In your own words"),
            help_text=_("A task, a place or part of a name, in any language."),
            required=False,
        )
        self.bound.append(form.draw((*self.path, "words"), words, wishes.get("words", "")))
        for scheme in self.schemes:
            label = _("Profession") if scheme == PROFESSIONS else _("Activity")
            field = forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=suggesting(scheme)))
            shown = self.scene.concepts.shown(scheme, wishes.get(scheme, ""))
            self.bound.append(form.draw((*self.path, scheme), field, shown))

    def _draw_chosen(self, value: str) -> None:
        authority = Authority.objects.select_related("country").filter(pk=value[:63]).first()
        if authority is None:
            return
        described = card(authority, self.scene.language)
        if described is None:
            return
        competence = [*described.professions.values(), *described.activities.values()]
        self.chosen = Card(
            id=authority.pk,
            title=marked(described.title, described.machine, self.scene.language),
            name=authority.name,
            name_lang=authority.languages[0] if authority.languages else "",
            place=", ".join(part for part in (authority.city, described.country) if part),
            languages=", ".join(described.languages),
            competence=tuple(competence[:MOST_CONCEPTS]),
            registers=tuple((one.name, one.url) for one in described.registers),
        )

    def _search(self, wishes: dict[str, str]) -> None:
        lang = self.scene.language
        who = self.scene.viewing.who
        narrowed = {
            scheme: concepts.resolve(wishes[scheme], scheme, lang) for scheme in self.schemes if wishes.get(scheme)
        }
        found = find_authorities(
            lang,
            wishes.get("words", "")[:200],
            country=self.country or wishes.get("country") or None,
            area=self.scene.compiled.definition.area.area,
            exclude={who.authority_id, *([self.chosen.id] if self.chosen else [])},
            size=SHOWN,
            profession=narrowed.get(PROFESSIONS),
            activity=narrowed.get(ACTIVITIES),
        )
        other = self._country_of(self.field.other_country_than) if self.field.other_country_than else ""
        fitting = [one for one in found if one.authority.country_id != other]
        self.more = found.total > len(found)
        self.found = cards(
            [one.authority for one in fitting],
            {one.authority.pk: marked(one.title, one.machine, lang) for one in fitting},
            {one.authority.pk: ", ".join(one.why) for one in fitting},
            lang,
        )

    @property
    def id(self) -> str:
        """The id of the box."""
        return id_of(*self.path)

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault above the choice."""
        self.errors.append(message)
        return Place(self.id, self.ask.name)
