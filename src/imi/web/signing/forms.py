"""The forms of signing in. No browser may keep what is typed of a security code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from imi.accounts.passkeys import LONGEST_ANSWER
from imi.accounts.strength import CODE_LENGTH, LONGEST


class SignInForm(forms.Form):
    """User name and password. What is wrong is never said of one of them alone."""

    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Some characters of the security code, each in a field of its own."""

    def __init__(self, data: Mapping[str, Any] | None, places: tuple[int, ...]) -> None:
        """Ask for the characters at these places, counted from 1."""
        super().__init__(data)
        for place in places:
            self.fields[f"place{place}"] = forms.CharField(
                label=gettext("Character %(place)d") % {"place": place},
                max_length=2,
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "off", "size": 1}),
            )

    def characters(self) -> str:
        """What was typed, in the order of the places."""
        return "".join(self.cleaned_data.values())


def wait_text(seconds: int) -> str:
    """Return what is said to somebody who has to wait before the next attempt."""
    text = ngettext("Wait %(seconds)d second and try again.", "Wait %(seconds)d seconds and try again.", seconds)
    return text % {"seconds": seconds}


def _code_label(app: bool) -> str:
    return gettext("Code of your app, or a recovery code") if app else gettext("Recovery code")


class SecondForm(forms.Form):
    """A code of an app or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None, app: bool) -> None:
        """Ask for a code of an ``app``, or else for a recovery code alone."""
        super().__init__(data)
        self.fields["code"].label = _code_label(app)


class AppForm(forms.Form):
    """The code by which an app shows that it has the key, and what the app is to be called."""

    code = forms.CharField(
        label=_("Code that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    name = forms.CharField(
        label=_("What you call the device with the app"),
        max_length=60,
        help_text=_("Any name by which you tell it from others."),
    )


class FactorNameForm(forms.Form):
    """What a second factor is called."""

    name = forms.CharField(label=_("Name"), max_length=60)


class PasskeyForm(forms.Form):
    """What a browser answers for a passkey; filled in by ``passkeys.js``."""

    passkey = forms.CharField(max_length=LONGEST_ANSWER)


class _TwiceForm(forms.Form):
    """Something secret, typed twice because it cannot be read."""

    secret: forms.CharField
    again: forms.CharField

    def clean_again(self) -> str:
        """Check that both are the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("secret", again):
            raise forms.ValidationError(gettext("This is not what you typed above."))
        return again


def _secret(label: Any, longest: int, autocomplete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=longest, strip=False, widget=widget)


class OwnPasswordForm(_TwiceForm):
    """An own password."""

    secret = _secret(_("Your own password"), LONGEST, "new-password")
    again = _secret(_("The same password again"), LONGEST, "new-password")


class OwnCodeForm(_TwiceForm):
    """An own security code."""

    secret = _secret(_("Your own security code"), 2 * CODE_LENGTH, "off")
    again = _secret(_("The same code again"), 2 * CODE_LENGTH, "off")


class ProofForm(forms.Form):
    """The password once more, with a code from whoever has a second factor."""

    password = _secret(_("Password"), LONGEST, "current-password")
    code = SecondForm.base_fields["code"]

    def __init__(self, data: Mapping[str, Any] | None, second: bool, app: bool) -> None:
        """Ask for a code too if there is a ``second`` factor; ``app`` as for :class:`SecondForm`."""
        super().__init__(data)
        if second:
            self.fields["code"].label = _code_label(app)
        else:
            del self.fields["code"]


class ChangePasswordForm(OwnPasswordForm):
    """Another password, with the present one in front."""

    present = _secret(_("Your present password"), LONGEST, "current-password")
    field_order = ("present", "secret", "again")
