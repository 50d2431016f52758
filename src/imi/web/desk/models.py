"""Shape of the figures of the desk: sums per authority, area and month, and how far the log was read for them."""

from __future__ import annotations

from django.db import models

from imi.directory.models import Authority, PolicyArea


class Figure(models.Model):
    """How often an authority did in a month what is measured, and how often well.

    ``measure`` is the id of a deadline, or ``<action>.<field>`` of a rating. ``total`` counts deadlines met or ratings
    given, ``good`` those met in time or ratings that are not negative, ``days`` the days that the deadlines took.
    ``coordinated`` are the sums of all authorities for whom this one stood behind the exchange as a coordinator.
    """

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    measure = models.CharField(max_length=130)
    coordinated = models.BooleanField()
    total = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    days = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "coordinated", "area", "month", "measure"], name="figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.month:%Y-%m} {self.measure}: {self.good}/{self.total}"


class Reading(models.Model):
    """Up to which event the log was read; there is none or one, locked while it is read on."""

    name = models.CharField(primary_key=True, max_length=20)
    event = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.event}"
