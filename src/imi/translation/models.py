"""Shape of translation jobs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Drafted(models.Model):
    """A text in one language of something that has texts in several.

    ``machine`` marks a translation that no person has confirmed yet. The fields after it say whence it came: the text
    it was made from, as it was then, the engine, the language in between, and when; they are empty for what a person
    wrote or confirmed.
    """

    machine = models.BooleanField(default=False)
    source_lang = models.CharField(max_length=5, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    via = models.CharField(max_length=5, blank=True)
    drafted_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def digest(self) -> str:
        """What names these words; a translation of them is out of date once it changes."""
        raise NotImplementedError


class Job(models.Model):
    """A text to be translated, and its translation: one row for each text, pair, engine and version of its models.

    Claimed by lease, so that a process may be killed at any moment. Rows that are done serve as memory until they are
    old. ``text`` is erased with the row; nothing here says whose it is.
    """

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued"
        DONE = "done"
        FAILED = "failed"

    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=5)
    target = models.CharField(max_length=5)
    engine = models.CharField(max_length=40)
    version = models.CharField(max_length=80)
    via = models.CharField(max_length=5, blank=True)
    text = models.TextField()
    result = models.TextField(blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "source", "target", "engine", "version"], name="job_once"),
            models.CheckConstraint(condition=Q(state__in=["queued", "done", "failed"]), name="job_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="job_due", condition=Q(state="queued")),
            models.Index(fields=["made_at"], name="job_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.source}-{self.target} {self.state}"
