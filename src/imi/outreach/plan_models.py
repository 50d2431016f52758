"""Shape of plans: what is to come, in several languages, and what each coordinator has to do for it by when."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q

from imi.directory.models import Authority, PolicyArea
from imi.translation.models import Drafted


class Plan(models.Model):
    """A new policy area or procedure that is to come, for the coordinators of ``areas`` (none: of all).

    ``host`` is the national coordinator that announces it; without one the operator announces it to every country.
    ``language`` is the one in which it was announced; there is always a text in it.
    """

    host = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="+")
    areas = models.ManyToManyField(PolicyArea, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    language = models.CharField(max_length=5)
    legal_basis = models.CharField(max_length=300, blank=True)
    legal_url = models.URLField(max_length=500, blank=True)
    planned_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["planned_on", "id"], name="plan_by_date")]

    def __str__(self) -> str:
        return f"{self.host_id or 'operator'} {self.planned_on}"


class PlanText(Drafted):
    """A plan in one language; ``todos`` has the words of each to-do by its number in the plan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="texts", db_index=False)
    lang = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    todos = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "lang"], name="plan_text_once")]

    def __str__(self) -> str:
        return self.title

    def digest(self) -> str:
        """What names these words; a translation of them is out of date once it changes."""
        words = [self.title, self.body, *(text for _number, text in sorted(self.todos.items()))]
        return hashlib.sha256("\0".join(words).encode()).hexdigest()


class PlanDraftOrder(models.Model):
    """A plan that somebody wants translated into a language; gone once the draft is there.

    ``source_digest`` names the words that were to be translated; the jobs are found by them and by ``engine`` and
    ``version``. ``error`` says why there is no draft.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="draft_orders", db_index=False)
    lang = models.CharField(max_length=5)
    source_lang = models.CharField(max_length=5)
    source_digest = models.CharField(max_length=64)
    engine = models.CharField(max_length=40)
    version = models.CharField(max_length=80)
    via = models.CharField(max_length=5, blank=True)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    error = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "lang"], name="plan_draft_order_once")]
        indexes = [models.Index(fields=["made_at"], name="plan_draft_order_open", condition=Q(error=""))]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.source_lang}-{self.lang}"


class ToDo(models.Model):
    """What each coordinator has to do for a plan, and by when; ``reminded_at`` is set once its day is over.

    Its words are in the texts of the plan, by its ``number``.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="todos", db_index=False)
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="todo_numbered_once")]
        indexes = [
            models.Index(fields=["plan", "due_on", "id"], name="todo_of_plan"),
            models.Index(fields=["due_on"], name="todo_to_remind", condition=Q(reminded_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.number}"


class Done(models.Model):
    """A coordinator has done a to-do: who ticked it off, and when."""

    todo = models.ForeignKey(ToDo, models.CASCADE, related_name="done", db_index=False)
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+")
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["todo", "authority"], name="todo_done_once")]

    def __str__(self) -> str:
        return f"{self.todo_id} {self.authority_id}"
