"""The small world of the shell's tests, with a browser for each person."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from imi.accounts.models import User
from imi.directory.models import Concept, ConceptLabel
from imi.directory.queries import ACTIVITIES
from tests.exchanges.conftest import PROCEDURE, World, catalogue, world  # noqa: F401 -- fixtures


class Browser(Client):
    """A signed-in person who opens pages, fills in forms and presses buttons, without scripts."""

    def fill(self, url: str, button: str = "submit", **given: Any) -> Any:
        """Open a form, change some of its inputs and press a button.

        Args:
            given: input name without its prefix (double underscore for a hyphen) to value; None leaves it out.
        """
        page = self.get(url)
        assert page.status_code == 200, page.content.decode()[-2000:]
        data = inputs(page.content.decode())
        for name, value in given.items():
            key = "f-" + name.replace("__", "--")
            data.pop(key, None)
            if value is not None:
                data[key] = value
        return self.post(url, {**data, "do": button})


def inputs(html: str) -> dict[str, Any]:
    """The values that a browser would send for the form of an action, by name."""
    form = html[html.index('class="imi-panel imi-request-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>(?:[^<]*</textarea>)?", form):
        name = re.search(r'\bname="([^"]*)"', tag)
        kind = re.search(r'\btype="([^"]*)"', tag)
        if not name or (kind and kind[1] == "file"):
            continue
        if kind and kind[1] in ("radio", "checkbox") and " checked" not in tag:
            continue
        value = re.search(r'\bvalue="([^"]*)"', tag)
        text = re.search(r">([^<]*)</textarea>", tag)
        found.setdefault(name[1], []).append(unescape(text[1].lstrip("\n") if text else value[1] if value else ""))
    for select in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', select[1])
        found[select[0]] = [unescape(chosen[1]) if chosen else ""]
    return found


@pytest.fixture
def browsers(world: World) -> Any:  # noqa: F811 -- the fixture above
    """A browser for a person of the small world, by name, in English unless another language is asked for."""

    def browser(name: str, language: str = "en") -> Browser:
        client = Browser()
        user = User.objects.get(given_name=name.capitalize())
        User.objects.filter(pk=user.pk).update(language=language)
        client.force_login(user)
        return client

    return browser


REQUEST = {
    "recipient": "pt-works",
    "subject_kind": "company",
    "establishment_country": "PT",
    "company_name": "Fiktív Kft.",
    "representative_name": "Kovács Ilona",
    "activity": "Rendezvényi étkeztetés (56.21)",
    "provision": "establishment",
    "service_description": "Catering at events.",
    "justification": "We doubt the papers.",
    "legal_basis": "art_28",
    "days": "14",
}


def begin(asker: Any, key: str = "k1") -> str:
    """Open a draft and return its number."""
    answer = asker.post("/requests/start", {"procedure": PROCEDURE, "key": key})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return str(answer["Location"]).split("/")[2]


@pytest.fixture(autouse=True)
def concept(db: None) -> None:
    """An economic activity to name."""
    made = Concept.objects.create(scheme=ACTIVITIES, code="56.21")
    for lang, text in (("en", "Event catering"), ("hu", "Rendezvényi étkeztetés"), ("pt", "Eventos")):
        ConceptLabel.objects.create(concept=made, lang=lang, kind="pref", text=text)
