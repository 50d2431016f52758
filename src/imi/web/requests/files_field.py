"""Attachments of a form: stored at every post, so that no error on the page loses a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html
from django.utils.translation import gettext as _

from imi.core.refusal import FieldError
from imi.files.actions import FileRefused, as_attachment, store
from imi.files.queries import uploaded_by
from imi.web.reasons import field_error_text, file_fault_text
from imi.web.requests.fields import Control, DrawnForm, Place
from imi.web.requests.figures import size_text
from imi.web.requests.scene import Scene, Sent

MOST_FILES = 50


class SeveralFiles(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


def take(scene: Scene, uploads: Iterable[UploadedFile], path: str) -> list[dict[str, Any]]:
    """Store what was uploaded; what is refused becomes a fault of the field at ``path``."""
    taken = []
    for upload in uploads:
        try:
            stored = store(upload, scene.viewing.who.user_id, scene.viewing.who.authority_id)
        except FileRefused as refused:
            fault = FieldError(path, refused.code, refused.params)
            scene.faults.append((fault, file_fault_text(refused.code, refused.params)))
        else:
            taken.append(as_attachment(stored))
    return taken


class Files(Control):
    """Documents. Those already stored stand as check boxes: taking away the tick takes away the file."""

    def read(self, sent: Sent) -> Any:
        """The files kept and the new ones. Only files that the own authority uploaded can be named."""
        kept = list(dict.fromkeys(sent.many(*self.path)))[:MOST_FILES]
        known = uploaded_by(self.scene.viewing.who.authority_id, kept) if kept else {}
        if len(known) < len(kept):
            fault = FieldError(self.field.id, "file_unknown")
            self.scene.faults.append((fault, field_error_text(fault)))
        fresh = take(self.scene, sent.uploads(*self.path, "new"), self.field.id)
        return [as_attachment(known[one]) for one in kept if one in known] + fresh

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw the files already there and an input for more."""
        stored = [one for one in value if isinstance(one, dict) and "id" in one] if isinstance(value, list) else []
        label = self.ask.name
        if stored:
            kept = forms.MultipleChoiceField(
                label=format_html("{}: {}", label, _("attached")),
                help_text=_("Remove the tick to take a document away."),
                choices=[(one["id"], f"{one['name']} ({size_text(one['size'])})") for one in stored],
                widget=forms.CheckboxSelectMultiple(),
                required=False,
            )
            self.bound.append(form.draw(self.path, kept, [one["id"] for one in stored]))
        more = self.dressed(forms.FileField(widget=SeveralFiles()))
        if stored:
            more.label = _("Add more documents")
        self.bound.append(form.draw((*self.path, "new"), more, None))

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the input for new files."""
        form.tell((*self.path, "new"), message)
        return Place(f"{self.id}--new", self.ask.name)
