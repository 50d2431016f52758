"""Choices among what the exchange itself holds: colleagues to handle it, questions to pass on."""

from __future__ import annotations

from typing import Any

from django import forms

from imi.accounts.queries import display_names
from imi.directory.collation import in_order
from imi.web.requests.fields import Control
from imi.web.requests.scene import Sent
from imi.web.requests.sentences import sentence


class Colleagues(Control):
    """Users of the own authority who handle exchanges of the area."""

    def read(self, sent: Sent) -> Any:
        """The ids of the chosen colleagues."""
        return sent.many(*self.path)

    def make(self, value: Any) -> forms.Field:
        """Draw a check box for each colleague."""
        own = self.scene.facts.colleagues.get(self.scene.viewing.who.authority_id, frozenset())
        names = display_names(int(one) for one in own)
        offered = in_order(((str(pk), name) for pk, name in names.items()), self.scene.language, lambda one: one[1])
        return forms.MultipleChoiceField(choices=offered, widget=forms.CheckboxSelectMultiple())


class Items(Control):
    """Some of the questions asked."""

    def read(self, sent: Sent) -> Any:
        """The ids of the chosen questions."""
        return sent.many(*self.path)

    def make(self, value: Any) -> forms.Field:
        """Draw a check box for each question asked."""
        scene = self.scene
        files = {one.id: one.name for one in scene.viewing.shown.attachments}
        offered = [
            (item.question, sentence(question, item.placeholders, scene.words, scene.concepts, files))
            for item in scene.viewing.shown.items
            if (question := scene.compiled.questions.get(item.question)) is not None
        ]
        return forms.MultipleChoiceField(choices=offered, widget=forms.CheckboxSelectMultiple())
