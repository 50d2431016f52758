"""What is asked about a user: names, mail address, language, and a user name that is to take the old one's place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from imi.administration.forms import PersonForm, cleaned

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{3,38}[a-z0-9]")


class UserForm(PersonForm):
    """A user's data. The field for the user name is empty: the present one is told on a sheet of its own."""

    username = forms.CharField(
        label=_("New user name"),
        max_length=40,
        required=False,
        help_text=_(
            "Leave this empty to keep the present one. 5 to 40 small letters without accents, digits, . - or _"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_username(self) -> str:
        """Take a user name that can be typed on every keyboard, in lower case."""
        name = str(self.cleaned_data["username"]).strip().lower()
        if name and not _USER_NAME.fullmatch(name):
            raise ValidationError(_("Use 5 to 40 small letters without accents, digits, dots, hyphens or underscores."))
        return name


DATA = tuple(PersonForm.base_fields)
"""The names of a user's data, apart from the user name."""


def clean_data(country: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Read a user's data.

    Raises:
        Invalid: something is missing or malformed.
    """
    return cleaned(UserForm(country, typed))
