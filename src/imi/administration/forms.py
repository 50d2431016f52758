"""What an authority and its first user are asked when they are registered, in three steps.

The same forms check what a coordinator types, what an applicant types step by step, and what is stored. Sources: the
guide for the first user (step 10), the data of an authority in the coordinator's task sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from imi.administration.reasons import Invalid
from imi.directory.facets import all_regions_of
from imi.directory.models import Register
from imi.directory.names import language_name
from imi.directory.reference import countries

LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True, slots=True)
class Card:
    """An authority as it is registered: texts are in the first of its languages."""

    name: str
    informal: str
    description: str
    languages: tuple[str, ...]
    regions: tuple[str, ...]
    street: str
    postcode: str
    city: str
    email: str
    phone: str
    website: str


@dataclass(frozen=True, slots=True)
class Person:
    """The first user of an authority."""

    given_name: str
    family_name: str
    email: str
    language: str


class StepForm(forms.Form):
    """One step; the country decides which regions and languages are offered."""

    def __init__(self, country: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        offered = _named_languages(country)
        for name in ("languages", "language", "lang", "written_in"):
            self._offer(name, offered)
        self._offer("regions", regions_of(country))

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class AuthorityForm(StepForm):
    """What the authority is called and does."""

    name = forms.CharField(
        label=_("Official name"),
        max_length=300,
        help_text=_("In the authority's own language and script. Later only the coordinator can change it."),
    )
    informal = forms.CharField(
        label=_("Informal title"),
        max_length=300,
        help_text=_("A few words that tell its task and region, for people abroad."),
    )
    description = forms.CharField(
        label=_("Description"), max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea({"rows": 5})
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages understood"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In which others can write to the authority."),
    )
    written_in = forms.ChoiceField(
        label=_("Language of this title and description"),
        required=False,
        help_text=_("It counts as the authority's own. Other languages can be added later."),
    )
    regions = forms.MultipleChoiceField(
        label=_("Regions"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None if it is competent for the whole country."),
    )

    def clean(self) -> dict[str, Any]:
        """Put the language of the texts first, by which others know it as the authority's own."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        own = values.pop("written_in", "")
        if own and "languages" in values:
            values["languages"] = list(dict.fromkeys([own, *values["languages"]]))
        return values


class TextForm(StepForm):
    """What the authority says of itself in one language."""

    lang = forms.ChoiceField(label=_("Language"))
    informal = AuthorityForm.base_fields["informal"]
    description = AuthorityForm.base_fields["description"]


class ContactForm(StepForm):
    """How the authority is reached."""

    street = forms.CharField(label=_("Street and number"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120)
    email = forms.EmailField(
        label=_("Contact e-mail"), max_length=254, help_text=_("New requests are announced to this address.")
    )
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    website = forms.URLField(label=_("Website"), max_length=300, required=False, assume_scheme="https")


class RegisterForm(StepForm):
    """A public register that an authority keeps, apart from its names."""

    url = forms.URLField(label=_("Address"), max_length=300, assume_scheme="https")
    kind = forms.ChoiceField(label=_("What is entered in it"), choices=Register.Kind.choices)
    charges_fee = forms.BooleanField(label=_("Looking something up costs a fee"), required=False)


class RegisterTextForm(StepForm):
    """The name and description of a register in one language."""

    lang = forms.ChoiceField(label=_("Language"))
    name = forms.CharField(label=_("Name"), max_length=300)
    description = forms.CharField(label=_("Description"), max_length=LONGEST_DESCRIPTION, required=False)


class PersonForm(StepForm):
    """Who is its first user and local data administrator."""

    given_name = forms.CharField(
        label=_("Given name"), max_length=100, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label=_("Family name"), max_length=100, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label=_("Personal work e-mail"), max_length=254, help_text=_("Each user needs an address of their own.")
    )
    language = forms.ChoiceField(label=_("Preferred language"))


STEPS: Mapping[str, type[StepForm]] = {"authority": AuthorityForm, "contact": ContactForm, "person": PersonForm}
"""The steps of a registration, in their order."""


def languages() -> list[str]:
    """The languages in which the system is offered."""
    return [code for code, _name in settings.LANGUAGES]


def _named_languages(country: str) -> list[tuple[str, str]]:
    """The languages with their names in the reader's, those of the country first."""
    reader = get_language() or "en"
    own = countries()[country].languages if country in countries() else ()
    ordered = sorted(languages(), key=lambda code: code not in own)
    return [(code, language_name(code, reader)) for code in ordered]


def regions_of(country: str) -> list[tuple[str, str]]:
    """The regions of a country, each named by its code and its native name, large ones before their parts."""
    return [(code, f"{code} {name}") for code, name in all_regions_of(country)]


def faults(country: str, step: str, data: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with one step, by field."""
    form = STEPS[step](country, data)
    form.is_valid()
    return {name: [str(one) for one in said] for name, said in form.errors.items()}


def cleaned(form: StepForm, *names: str) -> dict[str, Any]:
    """The values of some fields of a form, all of them unless some are named.

    Raises:
        Invalid: one of these is malformed.
    """
    form.is_valid()
    wanted = names or tuple(form.fields)
    wrong = {name: [str(one) for one in form.errors[name]] for name in wanted if name in form.errors}
    if wrong:
        raise Invalid(wrong)
    return {name: form.cleaned_data[name] for name in wanted}


def clean_card(country: str, data: Mapping[str, Mapping[str, Any]]) -> Card:
    """Read the first two steps.

    Raises:
        Invalid: something is missing or malformed.
    """
    values = _clean(country, data, ("authority", "contact"))
    return Card(**values | {name: tuple(values[name]) for name in ("languages", "regions")})


def clean_person(country: str, data: Mapping[str, Mapping[str, Any]]) -> Person:
    """Read the last step.

    Raises:
        Invalid: something is missing or malformed.
    """
    return Person(**_clean(country, data, ("person",)))


def _clean(country: str, data: Mapping[str, Mapping[str, Any]], steps: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for step in steps:
        form = STEPS[step](country, data.get(step, {}))
        if form.is_valid():
            values |= form.cleaned_data
        errors |= {f"{step}.{name}": [str(one) for one in said] for name, said in form.errors.items()}
    if errors:
        raise Invalid(errors)
    return values
