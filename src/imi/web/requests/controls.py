"""Which control draws which type of field."""

from __future__ import annotations

from collections.abc import Mapping

from imi.web.requests import fields
from imi.web.requests.answer_field import Answers
from imi.web.requests.fields import Ask, Control
from imi.web.requests.files_field import Files
from imi.web.requests.finder import AuthorityChoice
from imi.web.requests.group_field import Group
from imi.web.requests.people_field import Colleagues, Items
from imi.web.requests.question_field import Questions
from imi.web.requests.scene import Scene

CONTROLS: Mapping[str, type[Control]] = {
    "text": Control,
    "identifier": Control,
    "long_text": fields.LongText,
    "yes_no": fields.YesNo,
    "choice": fields.OneOf,
    "choices": fields.Several,
    "concept": fields.Concept,
    "date": fields.Date,
    "period": fields.Period,
    "number": fields.Number,
    "days": fields.Number,
    "money": fields.Money,
    "country": fields.Country,
    "language": fields.Language,
    "authority": AuthorityChoice,
    "colleagues": Colleagues,
    "questions": Questions,
    "items": Items,
    "files": Files,
}
COMPOSED: Mapping[str, type[Answers | Group]] = {"answers": Answers, "group": Group}
"""Controls that hold others; they are given what makes these, so that arrows go one way."""


def control(asked: Ask, path: tuple[str, ...], scene: Scene) -> Control:
    """The control for a field."""
    composed = COMPOSED.get(asked.field.type)
    if composed is not None:
        return composed(asked, path, scene, control)
    return CONTROLS[asked.field.type](asked, path, scene)
