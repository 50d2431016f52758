"""The words of a definition in the reader's language, with a mark on those that stand in for a missing translation.

Keys follow :mod:`imi.core.wording`: they are made of ids, never of positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from django.utils.html import conditional_escape, format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from imi.catalogue.texts import Translated
from imi.core.compiled import Compiled
from imi.core.definition import Action, FormField, Option, Placeholder, Question, Section
from imi.exchanges.definitions import Voice, voice


def tagged(text: Translated) -> str:
    """The text for a page; marked with its language where it is not the page's own (WCAG 2.2, 3.1.2)."""
    if text.is_fallback and text.lang != get_language():
        return format_html('<span lang="{}">{}</span>', text.lang, text.text)
    return conditional_escape(text.text)


class Words:
    """A definition speaking to one reader. Every method returns a text for a page, marked if it is a fallback."""

    def __init__(self, content_hash: str, language: str) -> None:
        """Speak as the definition with this hash, in ``language``."""
        self.voice: Voice = voice(content_hash, language)
        self.language = language

    @property
    def compiled(self) -> Compiled:
        """The definition."""
        return self.voice.compiled

    def say(self, key: str, english: str | None) -> str:
        """The text with this key."""
        return tagged(self.voice.get(key, english)) if english else ""

    def plain(self, key: str, english: str | None) -> str:
        """The text with this key, without a mark: for titles of pages and attributes."""
        return self.voice.get(key, english).text if english else ""

    # --- the procedure -----------------------------------------------------------------------------------------------

    def procedure(self) -> str:
        """The procedure's title."""
        return tagged(self.voice.procedure())

    def area(self) -> str:
        """The policy area's title."""
        return tagged(self.voice.area())

    def state(self, state: str) -> str:
        """The name of a state."""
        return tagged(self.voice.state(state))

    def state_summary(self, state: str) -> str:
        """What a state means."""
        return tagged(self.voice.state_summary(state))

    def party(self, party: str) -> str:
        """The name of a party."""
        return tagged(self.voice.party(party)) if party in self.compiled.parties else ""

    def role(self, role: str) -> str:
        """The name of a role."""
        return tagged(self.voice.role(role))

    def action(self, action: str) -> str:
        """The name of an action."""
        return tagged(self.voice.action(action))

    def action_help(self, action: Action) -> str:
        """What is said before an action is taken."""
        return self.say(f"actions.{action.id}.help", action.help)

    def done(self, action: str) -> str:
        """How the history tells an action."""
        return tagged(self.voice.done(action)) if action in self.compiled.actions else action

    def guard(self, action: str, guard: str) -> str:
        """Why a guard refuses."""
        rule = self.compiled.actions.get(action)
        reason = next((one.reason for one in rule.guards if one.id == guard), None) if rule else None
        return self.say(f"actions.{action}.guards.{guard}.reason", reason)

    def deadline(self, deadline: str) -> str:
        """The name of a deadline."""
        return tagged(self.voice.deadline(deadline)) if deadline in self.compiled.deadlines else deadline

    def deadline_rule(self, deadline: str) -> str:
        """Where a deadline comes from."""
        changed = self.compiled.definition.procedure.deadlines.get(deadline)
        if changed and changed.rule:
            return self.say(f"procedure.deadlines.{deadline}.rule", changed.rule)
        return self.say(f"deadlines.{deadline}.rule", self.compiled.deadlines[deadline].rule)

    # --- forms -------------------------------------------------------------------------------------------------------

    def section_prefix(self, action: Action, section: Section) -> str:
        """Where the texts of a form's section begin; the procedure's own sections have texts of their own."""
        if any(own is section for own in self.compiled.definition.procedure.subject):
            return f"procedure.subject.{section.id}"
        return f"actions.{action.id}.form.{section.id}"

    def section_title(self, prefix: str, section: Section) -> str:
        """The heading of a section."""
        return self.say(f"{prefix}.title", section.title)

    def section_help(self, prefix: str, section: Section) -> str:
        """The hint of a section."""
        return self.say(f"{prefix}.help", section.help)

    def label(self, prefix: str, field: FormField) -> str:
        """The label of the field whose texts begin with ``prefix``."""
        return self.say(f"{prefix}.label", field.label)

    def help(self, prefix: str, field: FormField) -> str:
        """The hint of a field."""
        return self.say(f"{prefix}.help", field.help)

    def option(self, prefix: str, field: FormField, option: Option) -> str:
        """The label of one choice of a field."""
        match field.options_from:
            case "legal_basis":
                return self.say(self._basis_keys.get(option.id, ""), option.label)
            case "question_lists":
                return self.say(f"lists.{option.id}.title", option.label)
        return self.say(f"{prefix}.options.{option.id}.label", option.label)

    @cached_property
    def _basis_keys(self) -> Mapping[str, str]:
        acts = self.compiled.definition.procedure.acts
        return {option.id: f"procedure.acts.{act.id}.basis.{option.id}.label" for act in acts for option in act.basis}

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Where the texts of each field of an exchange's content begin, by field id."""
        found: dict[str, str] = {}
        for action in self.compiled.lifecycle.actions:
            if action.into == "content":
                for section in self.compiled.sections(action):
                    for field in section.fields:
                        found.setdefault(field.id, f"{self.section_prefix(action, section)}.{field.id}")
        return found

    # --- questions ---------------------------------------------------------------------------------------------------

    def question_source(self, question: Question) -> Translated:
        """The text of a question with its gaps still open."""
        return self.voice.get(f"questions.{question.id}.text", question.text)

    def question_help(self, question: Question) -> str:
        """The hint of a question."""
        return self.say(f"questions.{question.id}.help", question.help)

    def question_option(self, question: Question, option: str) -> str:
        """The label of a predefined answer."""
        if question.answer == "yes_no":
            return {"yes": _("Yes"), "no": _("No")}.get(option, option)
        label = next((one.label for one in question.options if one.id == option), None)
        return self.say(f"questions.{question.id}.options.{option}.label", label) or conditional_escape(option)

    def unit(self, question: Question) -> str:
        """The unit of a number that answers a question."""
        return self.say(f"questions.{question.id}.unit", question.unit)

    def cannot_say(self, reason: str) -> str:
        """The label of a reason for not answering."""
        asked = self.compiled.definition.questions
        label = next((one.label for one in asked.cannot_say_reasons if one.id == reason), None) if asked else None
        return self.say(f"cannot_say_reasons.{reason}.label", label)

    def category(self, category: str) -> str:
        """The heading of a category of questions."""
        asked = self.compiled.definition.questions
        title = next((one.title for one in asked.categories if one.id == category), None) if asked else None
        return self.say(f"categories.{category}.title", title)

    def topic(self, category: str, topic: str) -> str:
        """The heading of a topic of a category."""
        asked = self.compiled.definition.questions
        topics = next((one.topics for one in asked.categories if one.id == category), ()) if asked else ()
        title = next((one.title for one in topics if one.id == topic), None)
        return self.say(f"categories.{category}.topics.{topic}.title", title)

    def placeholder(self, placeholder: Placeholder) -> str:
        """What fills a gap of a question."""
        return self.say(f"placeholders.{placeholder.id}.label", placeholder.label)
