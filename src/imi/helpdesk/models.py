"""Shape of the help desk: threads with what was written in them, and answers published for all.

A thread stands between two authorities and belongs to them, not to the people who wrote: when somebody leaves or is
suspended, colleagues go on with it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from imi.directory.models import Authority, PolicyArea


class Thread(models.Model):
    """A question to a coordinator, or a message by which a coordinator steps in.

    ``asking`` began it and ``answering`` is written to; handing a question over changes the latter. Without ``area``
    it is about the system in general. ``number`` refers to an exchange and is a link only for those who may open it.
    ``version`` counts what has happened, so that nobody answers what has changed meanwhile; ``key`` lets a form that
    is sent twice have one effect. ``since`` is when the present turn began.
    """

    class Sort(models.TextChoices):
        """Who turned to whom."""

        QUESTION = "question", gettext_lazy("Question")
        MESSAGE = "message", gettext_lazy("Message of a coordinator")

    class Kind(models.TextChoices):
        """What help is needed (task sheet: technical and legal support)."""

        TECHNICAL = "technical", gettext_lazy("Technical question")
        LEGAL = "legal", gettext_lazy("Legal question")

    class State(models.TextChoices):
        """Whose turn it is: ``open`` the answering authority's, ``answered`` the asking one's, ``settled`` nobody's."""

        OPEN = "open", pgettext_lazy("question", "Open")
        ANSWERED = "answered", gettext_lazy("Answered")
        SETTLED = "settled", gettext_lazy("Settled")

    sort = models.CharField(max_length=8, choices=Sort.choices)
    kind = models.CharField(max_length=9, choices=Kind.choices, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    asking = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    answering = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.PROTECT, null=True, related_name="+", db_index=False)
    subject = models.CharField(max_length=150, blank=True)
    number = models.CharField(max_length=24, blank=True)
    key = models.CharField(max_length=64, unique=True)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    since = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["answering", "state", "since", "id"], name="thread_of_desk"),
            models.Index(fields=["asking", "state", "since", "id"], name="thread_of_asking"),
            models.Index(fields=["settled_at"], name="thread_settled", condition=Q(settled_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(sort__in=["question", "message"]), name="thread_sort_known"),
            models.CheckConstraint(
                condition=Q(sort="question", kind__in=["technical", "legal"]) | Q(sort="message", kind=""),
                name="thread_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered"], settled_at=None)
                | Q(state="settled", settled_at__isnull=False),
                name="thread_state_known",
            ),
            models.CheckConstraint(condition=~Q(asking=F("answering")), name="thread_between_two"),
            models.CheckConstraint(condition=Q(sort="message") | ~Q(subject=""), name="thread_question_has_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.sort} {self.pk} ({self.state})"


class Post(models.Model):
    """What somebody wrote or did in a thread; added and never changed.

    ``side`` is the one that the author stood on, ``tells`` the one that has to be told of it; a reader of these rows
    does that once (``told_at``).
    """

    class Did(models.TextChoices):
        """What happened."""

        WROTE = "wrote", gettext_lazy("wrote")
        TOOK = "took", gettext_lazy("took the question")
        HANDED_OVER = "handed_over", gettext_lazy("handed the question over")
        SETTLED = "settled", gettext_lazy("settled it")
        REOPENED = "reopened", gettext_lazy("opened it again")

    class Side(models.TextChoices):
        """One of the two authorities of a thread."""

        ASKING = "asking"
        ANSWERING = "answering"

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="posts", db_index=False)
    did = models.CharField(max_length=11, choices=Did.choices)
    side = models.CharField(max_length=9, choices=Side.choices)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    by_authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=5)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    tells = models.CharField(max_length=9, choices=Side.choices, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["thread", "id"], name="post_of_thread"),
            models.Index(fields=["id"], name="post_to_tell", condition=~Q(tells="") & Q(told_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(did__in=["wrote", "took", "handed_over", "settled", "reopened"]), name="post_did_known"
            ),
            models.CheckConstraint(condition=Q(side__in=["asking", "answering"]), name="post_side_known"),
            models.CheckConstraint(condition=Q(tells__in=["", "asking", "answering"]), name="post_tells_known"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.did}"


class Answer(models.Model):
    """A frequent answer that a coordinator publishes for the authorities it stands behind, in its own language."""

    coordinator = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.PROTECT, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=150)
    text = models.TextField()
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["coordinator", "title", "id"], name="answer_of_coordinator")]
        constraints = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="answer_says_something"),
        ]

    def __str__(self) -> str:
        return self.title
