"""The definition language: what a procedure is, as typed data.

A policy officer writes these objects as YAML (``procedures/<area>/<procedure>.yaml`` and
``procedures/lifecycles/<lifecycle>.yaml``); :mod:`imi.catalogue` reads the files into the models below.
Every model is frozen and forbids unknown keys, so a typing error is a message and never a silent default.

A value of type :data:`Text` is English source text; its translations live beside the definition, under the key
that :func:`imi.core.wording.texts` gives it. Texts are not part of a definition's identity: correcting a word does
not make a new legal version.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field as _Field

from imi.core.notation import Aspect, Expression, FieldType, Model, Name, PersonalClass, Slug, Text, Unit
from imi.core.story import Scenario

# --- forms -----------------------------------------------------------------------------------------------------------


class Option(Model):
    """One choice of a closed list."""

    id: Name
    label: Text


class FormField(Model):
    """One thing a form asks for.

    ``required`` says when it must be filled: ``always`` (even to keep a draft), ``to_submit``, or ``never``.
    ``when`` is a condition over ``form.<field>``; a field whose condition is false is neither shown nor kept.
    ``personal`` names the class of personal data it holds (Regulation (EU) No 1024/2012, Art. 13 to 16); free text
    that is to hold none is marked ``impersonal``. With ``private_to`` only the holders of these parties see the value.
    """

    id: Name
    type: FieldType
    label: Text
    help: Text | None = None
    required: Literal["always", "to_submit", "never"] = "never"
    when: Expression | None = None
    personal: PersonalClass | None = None
    impersonal: bool = False
    private_to: tuple[Name, ...] = ()
    options: tuple[Option, ...] = ()
    options_from: Literal["legal_basis", "question_lists"] | None = None
    scheme: Slug | None = None
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    default: str | int | bool | None = None
    # For type "authority": whose country the chosen authority must be of ("other": not that of this party).
    same_country_as: Name | None = None
    other_country_than: Name | None = None
    fields: tuple[FormField, ...] = ()


class Section(Model):
    """A headed part of a form. ``include: subject`` stands for the procedure's own sections."""

    id: Name
    title: Text | None = None
    help: Text | None = None
    include: Literal["subject"] | None = None
    fields: tuple[FormField, ...] = ()


# --- question sets ---------------------------------------------------------------------------------------------------

AnswerType = Literal[
    "yes_no",
    "choice",
    "choices",
    "text",
    "date",
    "period",
    "number",
    "money",
    "concept",
    "country",
    "file",
]


class Placeholder(Model):
    """A gap such as ``[profession]`` in question texts, filled by the requester before sending.

    ``country_other`` leaves out the two countries concerned; ``subject`` is filled from the subject of the request;
    ``attachment`` picks one of the attached documents. ``personal`` and ``impersonal`` as in a form's field.
    """

    id: Name
    type: Literal["concept", "text", "country", "country_other", "subject", "attachment", "date", "number"]
    label: Text
    scheme: Slug | None = None
    personal: PersonalClass | None = None
    impersonal: bool = False


class Follows(Model):
    """The answer to another question that opens this one."""

    question: Slug
    on: tuple[str, ...]


class Question(Model):
    """One pre-translated question; ``article`` cites where the right to ask it comes from."""

    id: Slug
    text: Text
    article: str
    category: Name
    topic: Name | None = None
    lists: tuple[Name, ...] = ()
    answer: AnswerType
    options: tuple[Option, ...] = ()
    scheme: Slug | None = None
    unit: Text | None = None
    help: Text | None = None
    cannot_say: bool = True
    remark: Literal["optional", "required", "none"] = "optional"
    remark_on: tuple[str, ...] = ()
    attachment: Literal["optional", "required", "none"] = "optional"
    attachment_on: tuple[str, ...] = ()
    personal: bool = False
    concepts: tuple[str, ...] = ()
    follows: Follows | None = None


class QuestionList(Model):
    """One of the parallel lists of an area, e.g. for establishment or for temporary services."""

    id: Name
    title: Text
    help: Text | None = None


class Topic(Model):
    """A sub-heading inside a category."""

    id: Name
    title: Text


class Category(Model):
    """A heading under which questions are grouped."""

    id: Name
    title: Text
    topics: tuple[Topic, ...] = ()


class QuestionSet(Model):
    """All questions a procedure may ask."""

    lists: tuple[QuestionList, ...] = ()
    categories: tuple[Category, ...]
    placeholders: tuple[Placeholder, ...] = ()
    cannot_say_reasons: tuple[Option, ...]
    questions: tuple[Question, ...]


# --- lifecycle -------------------------------------------------------------------------------------------------------


class Party(Model):
    """A part that authorities play in an exchange.

    ``coordinates`` names the party whose linked coordinators hold this one; ``setting`` narrows them to those that
    switched it on. A party with ``many`` may be held by several authorities at once.
    """

    id: Name
    title: Text
    coordinates: Name | None = None
    many: bool = False


class Role(Model):
    """What a user is entitled to inside a party, e.g. to handle requests."""

    id: Name
    title: Text


class Setting(Model):
    """A switch that an authority sets for itself in an area, readable in conditions as ``<party>.<setting>``."""

    id: Name
    title: Text
    help: Text | None = None
    default: bool


class Await(Model):
    """Whose turn it is in a state: the source of tasks."""

    party: Name
    roles: tuple[Name, ...]
    title: Text
    action: Name
    deadline: Name | None = None
    when: Expression | None = None


class State(Model):
    """A resting place of an exchange. ``phase``: draft (not sent), open, or done (the closure clock runs)."""

    id: Name
    title: Text
    summary: Text
    phase: Literal["draft", "open", "done"]
    tone: Literal["neutral", "info", "success", "warning", "danger"] = "neutral"
    awaits: tuple[Await, ...] = ()


class Actor(Model):
    """Who may take an action: users of the party's authorities who hold one of the roles."""

    party: Name
    roles: tuple[Name, ...]


class NotBefore(Model):
    """A guard that time heals: the action opens so long after the given moment. It knows no holiday calendar."""

    amount: int
    unit: Literal["calendar_days", "weeks", "months"]
    since: Literal["state", "activity", "opened"]


class Guard(Model):
    """A condition of an action, with the reason a person is given when it fails."""

    id: Name
    when: Expression | None = None
    not_before: NotBefore | None = None
    reason: Text


class Branch(Model):
    """Where an action leads; the first branch whose condition holds is taken.

    ``start`` and ``stop`` are the deadlines that this way alone starts and stops, beside those of the effects.
    """

    state: Name
    when: Expression | None = None
    start: dict[Name, str] = _Field(default_factory=dict)
    stop: tuple[Name, ...] = ()


class Effects(Model):
    """What an action changes beside the state. All keys refer to fields of the action's form."""

    resolve: tuple[Name, ...] = ()  # parties whose holders are fixed now (coordinators of a party)
    set_party: dict[Name, Name] = _Field(default_factory=dict)  # party -> authority field
    hand_over: dict[Name, Name] = _Field(default_factory=dict)  # party -> authority field; old holder keeps a trace
    split: Name | None = None  # items field: these questions move to a new exchange of the party in set_party
    allocate: Name | None = None  # colleagues field
    propose: Name | None = None  # opens a proposal of that name with the form's data
    settle: Name | None = None  # closes the proposal
    start: dict[Name, str] = _Field(default_factory=dict)  # deadline -> days field, "proposal.<field>" or "default"
    stop: tuple[Name, ...] = ()
    restart: dict[Name, str] = _Field(default_factory=dict)  # like start, counted from the first start (extension)


class Action(Model):
    """Something a party does. One action is one event and one transaction.

    ``into`` says where the form's data lives afterwards: ``content`` (the request itself), ``answers`` (the reply),
    ``message`` (shown among the messages) or ``note`` (in the history only).
    ``tells`` lists whom mail and notices reach: ``<party>.<role>`` or ``<party>.mailbox``.
    """

    id: Name
    title: Text
    help: Text | None = None
    done: Text  # in the history: "accepted the request"
    by: tuple[Actor, ...]
    sources: tuple[Name, ...]  # states, or one of "new", "open", "any"
    to: tuple[Branch, ...] = ()  # none: the state stays
    form: tuple[Section, ...] = ()
    into: Literal["content", "answers", "message", "note"] = "note"
    private_to: Name | None = None  # only this party sees what was written
    keeps_draft: bool = False
    tone: Literal["primary", "secondary", "danger"] = "secondary"
    confirm: bool = False
    allocated_only: bool = True  # once a case is allocated, only the chosen colleagues take this action
    concurrent: bool = False  # may be taken on an exchange that changed since the form was opened
    guards: tuple[Guard, ...] = ()
    effects: Effects = Effects()
    part_state: Name | None = None  # where the exchange that a split creates begins
    tells: tuple[str, ...] = ()


class Reminder(Model):
    """A notice before (negative) or after (positive) a due date, in the deadline's own calendar days."""

    days: int
    tells: tuple[str, ...]


class Deadline(Model):
    """A term. ``calendar_of`` is the party whose public holidays count; ``owed_by`` must meet it.

    It is counted from the day of the action that starts it or, with ``since``, from the day on which the deadline of
    that name was first started: for acts that count from the receipt of a request, whatever happens to it afterwards.
    """

    id: Name
    title: Text
    rule: Text
    unit: Unit
    amount: int
    max: int | None = None
    owed_by: Name
    calendar_of: Name
    since: Name | None = None
    when: Expression | None = None
    reminders: tuple[Reminder, ...] = ()
    overdue: Text
    extendable: bool = False


class Sight(Model):
    """Who sees what, when. Rules add up; what no rule grants stays hidden."""

    party: Name
    roles: tuple[Name, ...] = ()  # none: every user of the authority
    states: tuple[Name, ...] = ()  # none: every state; or phases "draft", "open", "done"
    not_states: tuple[Name, ...] = ()
    when: Expression | None = None
    sees: tuple[Aspect, ...]


class Lifecycle(Model):
    """States, actions and rules that procedures of a kind share."""

    lifecycle: Slug
    kind: Literal["request", "notification", "alert", "repository", "case", "public"]
    title: Text
    parties: tuple[Party, ...]
    roles: tuple[Role, ...]
    settings: tuple[Setting, ...] = ()
    states: tuple[State, ...]
    initial: Name
    actions: tuple[Action, ...]
    deadlines: tuple[Deadline, ...] = ()
    visibility: tuple[Sight, ...]
    scenarios: tuple[Scenario, ...] = ()


# --- procedures ------------------------------------------------------------------------------------------------------


class LegalAct(Model):
    """A Union act that obliges the exchange; ``basis`` lists the articles a requester may invoke."""

    id: Slug
    title: Text
    celex: str
    basis: tuple[Option, ...] = ()


class DeadlineChange(Model):
    """What a procedure changes in a deadline of its lifecycle, with the article that says so."""

    unit: Unit | None = None
    amount: int | None = None
    max: int | None = None
    rule: Text | None = None
    since: Name | None = None
    when: Expression | None = None


class Retention(Model):
    """When personal data is blocked and deleted (Regulation (EU) No 1024/2012, Art. 14).

    Blocking comes at most 6 months after closure, or up to 18 where an act says so; deletion after 36.
    """

    block_after_months: int = 6
    delete_after_months: int = 36
    basis: str


class Procedure(Model):
    """A legally structured exchange of one policy area; ``words`` takes the place of texts of its lifecycle, by key."""

    procedure: Slug
    title: Text
    summary: Text
    lifecycle: Slug
    acts: tuple[LegalAct, ...]
    subject: tuple[Section, ...]
    questions: str | None = None  # file beside this one
    deadlines: dict[Name, DeadlineChange] = _Field(default_factory=dict)
    words: dict[str, Text] = _Field(default_factory=dict)
    retention: Retention
    risk: str
    scenarios: tuple[Scenario, ...] = ()


class Area(Model):
    """A policy area: the folder ``procedures/<area>``."""

    area: Slug
    title: Text
    summary: Text
    languages: tuple[str, ...]
    schemes: tuple[Slug, ...] = ()
    cannot_say_reasons: tuple[Option, ...] = ()


class Definition(Model):
    """A procedure joined with its lifecycle, area and question set: what the engine runs."""

    area: Area
    procedure: Procedure
    lifecycle: Lifecycle
    questions: QuestionSet | None = None

    @property
    def id(self) -> str:
        """The procedure's full name, ``<area>/<procedure>``."""
        return f"{self.area.area}/{self.procedure.procedure}"
