"""Forms of the help desk."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from imi.helpdesk.actions import LONGEST_SUBJECT, LONGEST_TEXT
from imi.helpdesk.models import Thread

WARNING = _("Do not write anything of a case here, and no personal data: no names, no dates of birth, no documents.")


class KeyedForm(forms.Form):
    """A form that has one effect, however often it is sent."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data, initial={"key": uuid4().hex})


def _text(label: object) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 8}),
        help_text=WARNING,
    )


class AskForm(KeyedForm):
    """A question to a coordinator. ``desk`` holds the policy area and the coordinator, parted by a bar."""

    desk = forms.ChoiceField(label=_("Policy area and coordinator"))
    kind = forms.ChoiceField(
        label=_("What kind of question is it?"), choices=Thread.Kind.choices, widget=forms.RadioSelect
    )
    subject = forms.CharField(
        label=_("Subject"), max_length=LONGEST_SUBJECT, help_text=_("In a few words. Do not name anybody.")
    )
    text = _text(_("Your question"))
    number = forms.CharField(
        label=_("Number of one of your exchanges"),
        max_length=24,
        required=False,
        help_text=_("If it is about one. The coordinator can open it only if it has a part in it."),
    )

    def __init__(self, data: QueryDict | None, desks: Iterable[tuple[str, str]], number: str = "") -> None:
        super().__init__(data)
        self.fields["desk"].choices = [("", ""), *desks]  # type: ignore[attr-defined]
        self.initial["number"] = number


class StepInForm(KeyedForm):
    """A message of a coordinator about an exchange."""

    addressee = forms.ChoiceField(label=_("To"), widget=forms.RadioSelect)
    text = _text(_("Message"))

    def __init__(self, data: QueryDict | None, addressees: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["addressee"].choices = list(addressees)  # type: ignore[attr-defined]


class WriteForm(forms.Form):
    """The next text of a thread; ``version`` is that of the thread as it was read."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    text = _text(_("Your text"))


class VersionForm(forms.Form):
    """A yes to something that is done to a thread as it was read."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class HandOverForm(VersionForm):
    """To which coordinator a question goes."""

    desk = forms.ChoiceField(label=_("To which coordinator?"), widget=forms.RadioSelect)

    def __init__(self, data: QueryDict | None, desks: Iterable[tuple[str, str]], version: int) -> None:
        super().__init__(data, initial={"version": version})
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """A frequent answer, for all authorities behind the coordinator."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    title = forms.CharField(label=_("Question in a few words"), max_length=LONGEST_SUBJECT)
    text = _text(_("Answer for all"))
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False, widget=forms.HiddenInput)
