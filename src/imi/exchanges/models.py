"""Shape of exchanges: the log, what it folds to, and the projections that lists and tasks read.

The overview of an exchange (parties, state, dates) holds no personal data; everything people wrote lies in
:class:`Payload` and :class:`Content`, so that it can be blocked and erased while the chain of events still verifies.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import models

from imi.directory.fields import KeyField
from imi.directory.folding import MAX_TOKEN
from imi.directory.models import Authority, Country, PolicyArea


class PublishedDefinition(models.Model):
    """A procedure as it was published, immutable, named by the digest of its behaviour."""

    hash = models.CharField(primary_key=True, max_length=64)
    procedure = models.CharField(max_length=130)
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="+")
    body = models.JSONField()
    published_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"], condition=models.Q(current=True), name="definition_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.hash[:8]}"


class PublishedWording(models.Model):
    """The texts of a published definition in one language; a correction is a new revision, not a new definition."""

    definition = models.ForeignKey(PublishedDefinition, models.CASCADE, related_name="wordings")
    language = models.CharField(max_length=5)
    texts = models.JSONField()
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.definition_id[:8]} {self.language}"


class Exchange(models.Model):
    """The high-level overview of an exchange: what every user of an authority concerned may see."""

    number = models.CharField(max_length=24, unique=True)
    definition = models.ForeignKey(PublishedDefinition, models.PROTECT, related_name="exchanges")
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="+", db_index=False)
    seq = models.PositiveIntegerField()
    state = models.CharField(max_length=63)
    phase = models.CharField(max_length=5)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    last_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.number


class Content(models.Model):
    """The state an exchange has folded to, with everything people wrote. Erased with the personal data."""

    exchange = models.OneToOneField(Exchange, models.CASCADE, primary_key=True, related_name="content")
    state = models.JSONField()


class EventRecord(models.Model):
    """One event: append-only, chained by hash to its predecessor."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=63)
    at = models.DateTimeField()
    user = models.CharField(max_length=40, blank=True)
    authority = models.CharField(max_length=63, blank=True)
    party = models.CharField(max_length=63, blank=True)
    role = models.CharField(max_length=63, blank=True)
    state = models.CharField(max_length=63)
    definition = models.CharField(max_length=64)
    changes = models.JSONField()
    tells = models.JSONField()
    payload_digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "seq"], name="event_once")]
        ordering = ["exchange", "seq"]


class Payload(models.Model):
    """What was written with an event; lies beside the chain, which holds only its salted digest."""

    event = models.OneToOneField(EventRecord, models.CASCADE, primary_key=True, related_name="payload")
    salt = models.CharField(max_length=32)
    data = models.JSONField()


class Participation(models.Model):
    """An exchange as one authority lists it. Rights compile to a join on this table, never to a loop."""

    class Direction(models.TextChoices):
        """From where the authority looks at the exchange."""

        SENT = "sent"
        RECEIVED = "received"
        COORDINATED = "coordinated"
        HANDED_OVER = "handed_over"

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="participations")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    party = models.CharField(max_length=63)
    direction = models.CharField(max_length=11, choices=Direction.choices)
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="+", db_index=False)
    definition = models.ForeignKey(PublishedDefinition, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=24)
    state = models.CharField(max_length=63)
    phase = models.CharField(max_length=5)
    counterpart = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="+", db_index=False)
    country = models.ForeignKey(Country, models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_date = models.DateField(null=True)
    due_name = models.CharField(max_length=63, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "authority", "party"], name="participation_once")]
        indexes = [
            models.Index(fields=["authority", "-updated_at", "-id"], name="participation_latest"),
            models.Index(fields=["authority", "phase", "-updated_at", "-id"], name="participation_phase"),
            models.Index(fields=["authority", "state", "-updated_at", "-id"], name="participation_state"),
            models.Index(
                fields=["authority", "due_at", "id"], name="participation_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(fields=["authority", "country", "-updated_at", "-id"], name="participation_country"),
            models.Index(fields=["authority", "number"], name="participation_number"),
        ]


class SearchToken(models.Model):
    """A folded word by which an authority finds an exchange among its own; ``personal`` needs that right."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="tokens")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    token = KeyField(max_length=MAX_TOKEN)
    personal = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["authority", "token"], name="search_token_prefix")]


class Allocation(models.Model):
    """A colleague chosen to handle an exchange for an authority."""

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="allocations")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="allocations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "authority", "user"], name="allocation_once")]


class Tally(models.Model):
    """How many exchanges an authority lists in each state; kept in the action's transaction."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.CASCADE, related_name="+", db_index=False)
    direction = models.CharField(max_length=11)
    state = models.CharField(max_length=63)
    phase = models.CharField(max_length=5)
    total = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "area", "direction", "state"], name="tally_once"),
        ]
        indexes = [
            # For coordinators, who ask which of a thousand authorities have most to do.
            models.Index(
                fields=["authority", "area", "total"],
                name="tally_backlog",
                condition=models.Q(phase="open", direction__in=("sent", "received"), total__gt=0),
            ),
        ]


NO_DEADLINE = datetime(9000, 1, 1, tzinfo=UTC)
"""When a task is due that is never due: behind all others, in an order that an index gives."""


class Task(models.Model):
    """What awaits somebody: all users with the role, or one user where the exchange is allocated.

    ``urgent_at`` is when it is due, :data:`NO_DEADLINE` where it never is: the most pressing are read off the index.
    """

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="tasks")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.CASCADE, related_name="+", db_index=False)
    party = models.CharField(max_length=63)
    role = models.CharField(max_length=63)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False)
    action = models.CharField(max_length=63)
    title = models.CharField(max_length=300)
    title_key = models.CharField(max_length=200)
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_date = models.DateField(null=True)
    due_name = models.CharField(max_length=63, blank=True)
    urgent_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["authority", "urgent_at", "since", "id"], name="task_most_pressing"),
            models.Index(fields=["user", "due_at", "id"], name="task_of_user"),
        ]


class Draft(models.Model):
    """A form begun and not yet sent, shared by the handlers of an authority."""

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="drafts")
    action = models.CharField(max_length=63)
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    data = models.JSONField()
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "action", "authority"], name="draft_once")]


class Timer(models.Model):
    """Something that must happen at a moment: a reminder, or a deadline to be computed anew.

    A worker that takes it moves ``at`` a little into the future, as a lease: a killed worker loses nothing and two
    workers do not meet on it.
    """

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="timers")
    deadline = models.CharField(max_length=63, blank=True)
    days = models.IntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "deadline", "days"], name="timer_once")]
        indexes = [models.Index(fields=["at"], name="timer_at")]


class Telling(models.Model):
    """Somebody has to be told of an event; readers of the log turn it into mails and notices."""

    event = models.ForeignKey(EventRecord, models.CASCADE, related_name="tellings", db_index=False)
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=63)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "authority", "role"], name="telling_once")]
        indexes = [
            models.Index(fields=["at", "id"], name="telling_open", condition=models.Q(done_at__isnull=True)),
        ]


class Submission(models.Model):
    """A form or call that had its effect: the same key again gets the same answer and no second effect."""

    key = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    number = models.CharField(max_length=24)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()


class Look(models.Model):
    """Somebody saw personal data: who, what, when, in which capacity (Regulation (EU) No 1024/2012, Art. 17(3))."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="looks", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    aspects = models.JSONField()
    purpose = models.CharField(max_length=63)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["exchange", "at"], name="look_of_exchange")]


class NumberSeries(models.Model):
    """The last number given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)
