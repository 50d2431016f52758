"""Tables of the floor: as few as hold the same histories, each with the indexes that its pages need."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


class Authority(models.Model):
    id = models.CharField(primary_key=True, max_length=63)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=300)


class Person(AbstractBaseUser):
    username = models.CharField(max_length=40, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    authority = models.ForeignKey(Authority, models.PROTECT)
    language = models.CharField(max_length=5, default="en")
    USERNAME_FIELD = "username"
    objects = BaseUserManager()


class Exchange(models.Model):
    number = models.CharField(max_length=24, unique=True)
    asking = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    answering = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    last_hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["asking", "-updated_at"], name="floor_asking"),
            models.Index(fields=["answering", "-updated_at"], name="floor_answering"),
            models.Index(fields=["answering", "due_at"], name="floor_due", condition=Q(due_at__isnull=False)),
        ]


class Message(models.Model):
    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="messages")
    author = models.ForeignKey(Person, models.PROTECT, db_index=False)
    at = models.DateTimeField()
    text = models.TextField()


class Event(models.Model):
    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=63)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, db_index=False)
    data = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "seq"], name="floor_event_once")]


class Counter(models.Model):
    authority = models.ForeignKey(Authority, models.CASCADE, db_index=False)
    direction = models.CharField(max_length=11)
    state = models.CharField(max_length=63)
    total = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "direction", "state"], name="floor_counter_once")]


class Outbox(models.Model):
    authority = models.ForeignKey(Authority, models.CASCADE, db_index=False)
    exchange = models.ForeignKey(Exchange, models.CASCADE, db_index=False)
    text = models.TextField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["authority", "read_at", "id"], name="floor_outbox_unread")]


class Raw(models.Model):
    """One row of 400 bytes with an index: what a durable write costs at the least."""

    key = models.CharField(max_length=40, db_index=True)
    text = models.TextField()
