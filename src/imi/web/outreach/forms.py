"""Forms of outreach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from imi.directory.names import language_name
from imi.outreach import reasons
from imi.outreach.models import Event, Material
from imi.outreach.plan_texts import Wording

LONGEST = 10_000
LONGEST_LINE = 200
FORMATTING = _("Leave a line empty between paragraphs. Lines that begin with “- ” make a list; addresses become links.")
Pairs = list[tuple[str, str]]


def _areas(choices: Pairs) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Policy areas"),
        required=False,
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without any it is for all that your authority coordinates."),
    )


class EventForm(forms.Form):
    """What an organiser says of an event; moments are those of the organiser's country."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Event.Kind.choices)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    starts_at = forms.DateTimeField(label=_("Begins"), widget=forms.DateTimeInput)
    ends_at = forms.DateTimeField(label=_("Ends"), widget=forms.DateTimeInput)
    register_until = forms.DateTimeField(label=_("Registration until"), widget=forms.DateTimeInput)
    place = forms.CharField(label=pgettext_lazy("event", "Place"), max_length=300, required=False)
    online_url = forms.CharField(
        label=_("Address of the online meeting"),
        max_length=500,
        required=False,
        help_text=_("Only those who are registered see it."),
    )
    places = forms.IntegerField(
        label=_("Places"), min_value=1, max_value=100_000, required=False, help_text=_("Empty: without limit.")
    )
    text = forms.CharField(
        label=_("What it is about"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 8}),
        help_text=FORMATTING,
    )

    def __init__(
        self, data: QueryDict | None, initial: Mapping[str, Any], areas: Pairs, authorities: Pairs, zone: str
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.fields["areas"] = _areas(areas)
        self.fields["authorities"] = forms.MultipleChoiceField(
            label=_("Only for these authorities"),
            required=False,
            choices=authorities,
            help_text=_("Without any it is for all authorities that your authority coordinates in these areas."),
        )
        self.fields["abroad"] = forms.BooleanField(label=_("Open to coordinators of other countries"), required=False)
        self.fields["starts_at"].help_text = gettext("In the time of %(zone)s.") % {"zone": zone}


class TextsForm(forms.Form):
    """A text in several languages: a title and a body for each; who adds a language keeps what was typed."""

    def __init__(
        self,
        data: QueryDict | None,
        langs: Iterable[str],
        reader: str,
        texts: Mapping[str, tuple[str, str]],
        labels: tuple[str, str],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.langs = list(dict.fromkeys(langs))
        for lang in self.langs:
            name = language_name(lang, reader)
            title, body = texts.get(lang, ("", ""))
            self.fields[f"title_{lang}"] = forms.CharField(
                label=f"{labels[0]} – {name}", max_length=200, required=False, initial=title
            )
            self.fields[f"body_{lang}"] = forms.CharField(
                label=f"{labels[1]} – {name}",
                max_length=LONGEST,
                required=False,
                initial=body,
                widget=forms.Textarea({"rows": 6}),
                help_text=FORMATTING,
            )

    def texts(self) -> dict[str, tuple[str, str]]:
        """Title and body by language."""
        given = self.cleaned_data
        return {lang: (given[f"title_{lang}"], given[f"body_{lang}"]) for lang in self.langs}


class NewsForm(TextsForm):
    """A piece of news."""

    from_on = forms.DateField(label=_("Shown from"), widget=forms.DateInput)
    until_on = forms.DateField(label=_("Shown until"), widget=forms.DateInput, required=False)

    def __init__(self, areas: Pairs, *given: Any) -> None:
        super().__init__(*given)
        self.fields["areas"] = _areas(areas)
        self.fields["abroad"] = forms.BooleanField(label=_("Open to all countries"), required=False)


class IssueForm(TextsForm):
    """A newsletter."""

    def __init__(self, areas: Pairs, items: Pairs, *given: Any) -> None:
        super().__init__(*given)
        self.fields["items"] = forms.MultipleChoiceField(
            label=_("News in this newsletter"), choices=items, widget=forms.CheckboxSelectMultiple
        )
        self.fields["areas"] = _areas(areas)


class PlanForm(TextsForm):
    """What is planned, with up to eight things to do, in each language."""

    ROWS = range(1, 9)

    planned_on = forms.DateField(label=_("Planned for"), widget=forms.DateInput)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    legal_url = forms.CharField(label=_("Address of the legal text"), max_length=500, required=False)

    def __init__(self, areas: Pairs, data: QueryDict | None, langs: Iterable[str], reader: str) -> None:
        super().__init__(data, langs, reader, {}, (gettext("What comes"), gettext("What it is about")), {})
        self.reader = reader
        self.fields["areas"] = _areas(areas)
        for row in self.ROWS:
            self.fields[f"due_{row}"] = forms.DateField(
                label=gettext("To do %(number)s: by when") % {"number": row},
                widget=forms.DateInput,
                required=row == 1,
            )
            for lang in self.langs:
                label = f"{_numbered(row)} – {language_name(lang, reader)}"
                self.fields[f"todo_{row}_{lang}"] = forms.CharField(
                    label=label, max_length=LONGEST_LINE, required=False
                )

    def clean(self) -> dict[str, Any]:
        """Ask for a date where something is to be done, its words in each language, and a title where words are."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        worded = self.worded()
        if not worded:
            self.add_error(f"title_{self.langs[0]}", str(reasons.NO_TEXT))
        for row in self.ROWS:
            said = [lang for lang in self.langs if given.get(f"todo_{row}_{lang}")]
            if not said and row > 1:
                continue
            if not given.get(f"due_{row}") and f"due_{row}" not in self.errors:
                self.add_error(f"due_{row}", gettext("Say by when."))
            for lang in [lang for lang in worded if lang not in said]:
                self.add_error(f"todo_{row}_{lang}", str(reasons.NO_WORDS))
        for lang in self._untitled(given):
            if f"title_{lang}" not in self.errors:
                self.add_error(f"title_{lang}", str(reasons.NO_WORDS))
        return given

    def _untitled(self, given: Mapping[str, Any]) -> list[str]:
        """The languages in which something is said but for the title."""
        names = {lang: [f"body_{lang}", *(f"todo_{row}_{lang}" for row in self.ROWS)] for lang in self.langs}
        said = [lang for lang in self.langs if any(given.get(name) for name in names[lang])]
        return [lang for lang in said if not given.get(f"title_{lang}")]

    def parts(self) -> list[tuple[str, list[BoundField]]]:
        """The fields as they are drawn: what is planned, each language, each thing to do; with their headings."""
        whole = ("planned_on", "legal_basis", "legal_url", "areas")
        texts = [(language_name(lang, self.reader), (f"title_{lang}", f"body_{lang}")) for lang in self.langs]
        todos = [(_numbered(row), (f"due_{row}", *(f"todo_{row}_{lang}" for lang in self.langs))) for row in self.ROWS]
        parts = [(gettext("The plan"), whole), *texts, *todos]
        return [(heading, [self[name] for name in names]) for heading, names in parts]

    def worded(self) -> list[str]:
        """The languages that have a title, the reader's first."""
        return [lang for lang in self.langs if self.cleaned_data.get(f"title_{lang}")]

    def rows(self) -> list[int]:
        """The numbers of what is to be done."""
        first = self.worded()[0]
        return [row for row in self.ROWS if self.cleaned_data[f"todo_{row}_{first}"]]


class PlanTextForm(forms.Form):
    """A plan in one language; ``todos`` names its to-dos by their numbers. Without a title the language goes."""

    title = forms.CharField(label=_("What comes"), max_length=LONGEST_LINE, required=False)
    body = forms.CharField(
        label=_("What it is about"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=FORMATTING,
    )

    def __init__(self, data: QueryDict | None, todos: Iterable[int], initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self.todos = sorted(todos)
        for number in self.todos:
            label = _numbered(number)
            self.fields[f"todo_{number}"] = forms.CharField(label=label, max_length=LONGEST_LINE, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the words of each to-do, and for a title where there was no text before."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for number in self.todos:
            name = f"todo_{number}"
            if given.get("title") and not given.get(name) and name not in self.errors:
                self.add_error(name, str(reasons.NO_WORDS))
        if not self.initial and any(given.values()) and not given.get("title") and "title" not in self.errors:
            self.add_error("title", str(reasons.NO_WORDS))  # there is no text that could go
        return given

    def wording(self) -> Wording:
        """What was typed."""
        given = self.cleaned_data
        return Wording(given["title"], given["body"], tuple(given[f"todo_{number}"] for number in self.todos))


def _numbered(number: int) -> str:
    return gettext("To do %(number)s") % {"number": number}


class VersionForm(forms.Form):
    """A material in one language."""

    lang = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Description"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 4})
    )
    upload = forms.FileField(label=_("File"), required=False)
    url = forms.CharField(label=_("Address"), max_length=500, required=False)
    minutes = forms.IntegerField(label=_("Length in minutes"), min_value=1, max_value=600, required=False)
    subtitles = forms.ChoiceField(
        label=_("Language of the subtitles"), choices=[("", "–"), *settings.LANGUAGES], required=False
    )

    def __init__(
        self,
        data: QueryDict | None,
        sent: MultiValueDict[str, UploadedFile] | None,
        kind: str,
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, sent, initial=dict(initial))
        document, film = kind == Material.Kind.DOCUMENT, kind == Material.Kind.FILM
        for name, wanted in (("upload", document), ("url", not document), ("minutes", film), ("subtitles", film)):
            if not wanted:
                del self.fields[name]


class OfferForm(forms.Form):
    """To whom a material is offered, and when somebody last looked at it."""

    reviewed_on = forms.DateField(label=_("Last reviewed"), widget=forms.DateInput)

    def __init__(self, data: QueryDict | None, areas: Pairs, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self.fields["areas"] = _areas(areas)
        self.fields["abroad"] = forms.BooleanField(label=_("Open to all countries"), required=False)


class AskForm(forms.Form):
    """Asking for access to the training copy."""

    person_id = forms.TypedChoiceField(label=_("For whom"), coerce=int)
    coordinator_id = forms.ChoiceField(label=_("Coordinator"))
    from_on = forms.DateField(label=_("From when"), widget=forms.DateInput)
    why = forms.CharField(label=_("Why"), max_length=2000, widget=forms.Textarea({"rows": 4}))

    def __init__(self, data: QueryDict | None, people: Pairs, coordinators: Pairs, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self.fields["person_id"].choices = people  # type: ignore[attr-defined]
        self.fields["coordinator_id"].choices = coordinators  # type: ignore[attr-defined]


class GiveForm(forms.Form):
    """Why somebody gets access who has not asked."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The person reads it."),
    )


class WhyForm(forms.Form):
    """A reason that those concerned read."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Those concerned read it."),
    )
