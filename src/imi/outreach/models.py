"""Shape of outreach: events with registrations, news, newsletters, materials, access to training.

Plans with their to-dos are in :mod:`imi.outreach.plan_models`.

Source of the duties: the coordinator's task sheet (inform, train, support), the leaflet "New to IMI?" (training and
access to the training version are asked from the coordinator).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from imi.directory.models import Authority, PolicyArea
from imi.files.models import StoredFile
from imi.outreach.plan_models import Done, Plan, PlanDraftOrder, PlanText, ToDo

__all__ = [
    "Declined",
    "Done",
    "Event",
    "Issue",
    "IssueText",
    "Material",
    "MaterialText",
    "NewsItem",
    "NewsText",
    "Note",
    "Offering",
    "Plan",
    "PlanDraftOrder",
    "PlanText",
    "Registration",
    "ToDo",
    "TrainingRequest",
]


class Offering(models.Model):
    """What a coordinator offers: ``host`` offers it in ``areas`` (none: in all that it coordinates).

    ``abroad`` opens it to other countries: events to their coordinators, everything else to all readers.
    """

    host = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    areas = models.ManyToManyField(PolicyArea, related_name="+")
    abroad = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True


# --- events ----------------------------------------------------------------------------------------------------------


class Event(Offering):
    """A training session or another meeting.

    ``authorities`` narrows it to chosen ones. ``timezone`` is that of the host's country, in which it was typed.
    ``taken`` counts the places given; it never passes ``places`` (empty: without limit). ``sequence`` counts what
    calendars have to be told (RFC 5545, 3.8.7.4), ``version`` every change.
    """

    class Kind(models.TextChoices):
        """What sort of meeting it is."""

        TRAINING = "training", gettext_lazy("Training session")
        WORKSHOP = "workshop", gettext_lazy("Workshop")
        MEETING = "meeting", gettext_lazy("Meeting")
        CONFERENCE = "conference", gettext_lazy("Conference")
        ONLINE = "online", gettext_lazy("Online meeting")

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", gettext_lazy("Draft")
        PUBLISHED = "published", gettext_lazy("Published")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    uid = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(max_length=40)
    place = models.CharField(max_length=300, blank=True)
    online_url = models.URLField(max_length=500, blank=True)
    places = models.PositiveIntegerField(null=True)
    taken = models.PositiveIntegerField(default=0)
    register_until = models.DateTimeField()
    authorities = models.ManyToManyField(Authority, related_name="+")
    sequence = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "starts_at", "id"], name="event_by_start")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="event_ends_after_start"),
            models.CheckConstraint(condition=Q(places=None) | Q(taken__lte=F("places")), name="event_not_overbooked"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "cancelled"]), name="event_state_known"
            ),
            models.CheckConstraint(condition=~Q(state="cancelled") | ~Q(reason=""), name="event_cancelled_with_reason"),
        ]

    def __str__(self) -> str:
        return self.title


class Registration(models.Model):
    """Somebody's place at an event, or in its queue; first come, first served by ``at``."""

    class State(models.TextChoices):
        """Whether there is a place."""

        REGISTERED = "registered", pgettext_lazy("participation", "Registered")
        WAITING = "waiting", gettext_lazy("On the waiting list")
        WITHDRAWN = "withdrawn", pgettext_lazy("participation", "Withdrawn")

    event = models.ForeignKey(Event, models.CASCADE, related_name="registrations", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField()
    attended = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["event", "state", "at", "id"], name="registration_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="registration_once"),
            models.CheckConstraint(
                condition=Q(state__in=["registered", "waiting", "withdrawn"]), name="registration_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.user_id} {self.state}"


# --- news and newsletters --------------------------------------------------------------------------------------------


class NewsItem(Offering):
    """A piece of news, shown from one day until another, in one or several languages."""

    published = models.BooleanField(default=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["published", "-from_on", "-id"], name="news_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="news_until_after_from"
            )
        ]

    def __str__(self) -> str:
        return f"{self.host_id} {self.from_on}"


class NewsText(models.Model):
    """A piece of news in one language."""

    item = models.ForeignKey(NewsItem, models.CASCADE, related_name="texts", db_index=False)
    lang = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "lang"], name="news_text_once")]

    def __str__(self) -> str:
        return self.title


class Issue(Offering):
    """A newsletter: chosen news with an introduction, mailed once to everybody who takes it."""

    items = models.ManyToManyField(NewsItem, related_name="+")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "-id"], name="issue_of_host")]

    def __str__(self) -> str:
        return f"{self.host_id} {self.pk}"


class IssueText(models.Model):
    """Subject and introduction of a newsletter in one language."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="texts", db_index=False)
    lang = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "lang"], name="issue_text_once")]

    def __str__(self) -> str:
        return self.title


class Declined(models.Model):
    """Somebody who does not want newsletters; without a row everybody gets those of the own coordinators."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.user_id)


# --- materials -------------------------------------------------------------------------------------------------------


class Material(Offering):
    """A document, a link or a film from which one learns, in one or several languages."""

    class Kind(models.TextChoices):
        """What one gets."""

        DOCUMENT = "document", gettext_lazy("Document")
        LINK = "link", gettext_lazy("Web page")
        FILM = "film", gettext_lazy("Film")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    reviewed_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "-id"], name="material_of_host")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["document", "link", "film"]), name="material_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MaterialText(models.Model):
    """A material in one language: its file, or its address; ``search`` holds its folded words.

    Of a film ``minutes`` says how long it is and ``subtitles`` in which language it has them.
    """

    material = models.ForeignKey(Material, models.CASCADE, related_name="texts", db_index=False)
    lang = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True)
    subtitles = models.CharField(max_length=5, blank=True)
    search = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["material", "lang"], name="material_text_once"),
            models.CheckConstraint(
                condition=Q(file=None, url__gt="") | Q(file__isnull=False, url=""), name="material_has_file_or_address"
            ),
        ]

    def __str__(self) -> str:
        return self.title


# --- access to training ----------------------------------------------------------------------------------------------


class TrainingRequest(models.Model):
    """Somebody asks a coordinator for access to the training copy, for themselves or for a colleague.

    Without ``asked_by`` the coordinator gave access unasked; ``why`` is its reason then, and may be empty. ``reason``
    says why access was refused, or withdrawn later.
    """

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", pgettext_lazy("request for access", "Open")
        GIVEN = "given", gettext_lazy("Given")
        REFUSED = "refused", pgettext_lazy("request for access", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request for access", "Withdrawn")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False)
    coordinator = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    from_on = models.DateField()
    why = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["coordinator", "state", "-id"], name="training_of_coordinator"),
            models.Index(fields=["person", "-id"], name="training_of_person"),
            models.Index(fields=["asked_by", "-id"], name="training_of_asker"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="open"), name="training_open_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "withdrawn"]) | ~Q(reason=""), name="training_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False) & ~Q(why="") | Q(asked_by=None, state__in=["given", "withdrawn"]),
                name="training_asked_or_given",
            ),
            models.UniqueConstraint(
                fields=["person", "coordinator"], condition=Q(state="given"), name="training_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"


# --- telling ---------------------------------------------------------------------------------------------------------


class Note(models.Model):
    """Something one person is told, once for each ``key``: a notice, and a mail when ``due_at`` is set.

    ``mail_key`` is the key of the outgoing mail that it went into; people who get one mail a day get several notes in
    one.
    """

    class Kind(models.TextChoices):
        """What is told."""

        INVITED = "invited"
        CHANGED = "changed"
        CANCELLED = "cancelled"
        MOVED_UP = "moved_up"
        NEWSLETTER = "newsletter"
        ANNOUNCED = "announced"
        OVERDUE = "overdue"
        TRAINING_ASKED = "training_asked"
        TRAINING_GIVEN = "training_given"
        TRAINING_REFUSED = "training_refused"
        TRAINING_ENDED = "training_ended"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=100, unique=True)
    event = models.ForeignKey(Event, models.CASCADE, null=True, related_name="+")
    issue = models.ForeignKey(Issue, models.CASCADE, null=True, related_name="+")
    todo = models.ForeignKey(ToDo, models.CASCADE, null=True, related_name="+")
    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="+")
    request = models.ForeignKey(TrainingRequest, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    mail_key = models.CharField(max_length=64, blank=True, db_index=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="note_latest"),
            models.Index(fields=["user"], name="note_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["due_at"], name="note_due", condition=Q(posted_at__isnull=True, due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key
