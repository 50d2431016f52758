"""Shape of what only the training world knows: that it was built, who its people are, and who is being played."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class World(models.Model):
    """The training world of this installation; there is none or one."""

    reference_date = models.DateField(unique=True)
    built_at = models.DateTimeField()
    exchanges = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"training world of {self.reference_date}"


class Persona(models.Model):
    """A person of the training world under the name that the world's files give; the same in every installation."""

    key = models.CharField(primary_key=True, max_length=80)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="persona")
    featured = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key


class Impersonation(models.Model):
    """Somebody real plays a person of the training world, from ``at`` until ``ended_at``.

    ``counterparts`` says whether scripted counterparts shall answer meanwhile.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="impersonations")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    counterparts = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="impersonation_latest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
