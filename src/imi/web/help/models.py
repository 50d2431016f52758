"""Shape of what the help remembers of a person: the first steps taken that leave no other trace."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StepTaken(models.Model):
    """A person has taken a first step, or has put the card away that leads to them (``step`` is then ``card``)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "step"], name="step_taken_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.step}"
