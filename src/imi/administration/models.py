"""Shape of the administration: acts, admissions, delegations, corrections, orders of drafts, what is to be mailed.

Sources of the rules: Regulation (EU) No 1024/2012, Art. 5 to 8; the guide for the first user of an authority; the
coordinator's task sheet.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from imi.directory.fields import KeyField
from imi.directory.models import Authority, Country, PolicyArea


class AppendOnly(models.QuerySet):
    """Rows that may be added and read, never changed."""

    def update(self, **values: Any) -> NoReturn:
        """Refuse: what was done was done."""
        raise TypeError("acts are only added, never changed")

    def delete(self) -> NoReturn:
        """Refuse: what was done was done."""
        raise TypeError("acts are only added, never deleted")


class Act(models.Model):
    """What somebody did to an authority or a person, written in the transaction that does it.

    ``details`` holds what changed (before and after, a reason), never a secret. ``by_user`` is empty unless ``source``
    is a user.
    """

    class Source(models.TextChoices):
        """Who acted: somebody signed in, somebody who followed a mailed link, the operator, or the system by itself."""

        USER = "user"
        APPLICANT = "applicant"
        OPERATOR = "operator"
        SYSTEM = "system"

    at = models.DateTimeField()
    source = models.CharField(max_length=9, choices=Source.choices)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    by_authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=63)
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="acts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="acts", db_index=False)
    area = models.ForeignKey(PolicyArea, models.PROTECT, null=True, related_name="+", db_index=False)
    admission = models.ForeignKey("Admission", models.PROTECT, null=True, related_name="acts", db_index=False)
    details = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["authority", "-id"], name="act_of_authority"),
            models.Index(fields=["user", "-id"], name="act_of_user", condition=Q(user__isnull=False)),
            models.Index(fields=["admission", "id"], name="act_of_admission", condition=Q(admission__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(source="user", by_user__isnull=False) | (~Q(source="user") & Q(by_user=None)),
                name="act_by_user_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.authority_id or ''}"


class Admission(models.Model):
    """An authority on its way in: invited by a coordinator, or asking by itself once its mail address is confirmed.

    ``coordinator`` invited it or is asked to decide; ``areas`` are those it is meant for. ``data`` holds the steps of
    the form as they were typed; it is emptied when the admission ends. Of the mailed link only a digest is stored; it
    is exchanged once for a key that stays in the browser's session, whose digest is ``key_digest``.
    """

    class Route(models.TextChoices):
        """How it began."""

        INVITATION = "invitation", gettext_lazy("Invitation")
        PUBLIC = "public", gettext_lazy("Public request")

    class State(models.TextChoices):
        """Where it stands; :data:`imi.administration.admissions.ARROWS` says how it moves."""

        INVITED = "invited", gettext_lazy("Invited")
        SUBMITTED = "submitted", gettext_lazy("Submitted")
        VALIDATED = "validated", gettext_lazy("Validated")
        REFUSED = "refused", gettext_lazy("Refused")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
        EXPIRED = "expired", gettext_lazy("Expired")

    route = models.CharField(max_length=10, choices=Route.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.INVITED)
    country = models.ForeignKey(Country, models.PROTECT, related_name="+", db_index=False)
    coordinator = models.ForeignKey(Authority, models.PROTECT, related_name="admissions", db_index=False)
    email = models.EmailField()
    language = models.CharField(max_length=5)
    areas = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    name = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=120, blank=True)
    mail_domain = KeyField(max_length=120, blank=True)
    web_host = KeyField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1)
    token_digest = models.CharField(max_length=64, null=True, unique=True)
    token_until = models.DateTimeField(null=True)
    key_digest = models.CharField(max_length=64, blank=True)
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="admitted_by", db_index=False)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["coordinator", "state", "-id"], name="admission_of_coordinator"),
            models.Index(
                fields=["country", "-id"], name="admission_open", condition=Q(state__in=["invited", "submitted"])
            ),
            models.Index(fields=["expires_at"], name="admission_to_expire", condition=Q(state="invited")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "email"],
                condition=Q(state__in=["invited", "submitted"]),
                name="admission_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["invited", "submitted", "validated", "refused", "withdrawn", "expired"]),
                name="admission_state_known",
            ),
            models.CheckConstraint(condition=Q(route__in=["invitation", "public"]), name="admission_route_known"),
            models.CheckConstraint(
                condition=~Q(state="validated") | Q(authority__isnull=False), name="admission_made_authority"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="admission_refused_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.email} ({self.state})"


class Delegation(models.Model):
    """A single coordinator's task that the national coordinator has given to another one (Art. 6(2)).

    Without ``area`` it holds in all areas that the holder coordinates, without ``region`` in the whole country.
    """

    holder = models.ForeignKey(Authority, models.CASCADE, related_name="delegations", db_index=False)
    task = models.CharField(max_length=20)
    area = models.ForeignKey(PolicyArea, models.PROTECT, null=True, related_name="+", db_index=False)
    region = KeyField(max_length=5, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "task", "area", "region"], name="delegation_in_area_once"),
            models.UniqueConstraint(
                fields=["holder", "task", "region"], condition=Q(area=None), name="delegation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} {self.task}"


class Correction(models.Model):
    """What somebody thinks is wrong on an authority's card; the authority's administrator decides."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", gettext_lazy("Open")
        ACCEPTED = "accepted", gettext_lazy("Accepted")
        DISMISSED = "dismissed", gettext_lazy("Dismissed")

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="corrections", db_index=False)
    field = models.CharField(max_length=20)
    lang = models.CharField(max_length=5, blank=True)
    proposal = models.TextField()
    remark = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    by_authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["authority", "state", "-id"], name="correction_of_authority")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "dismissed"]), name="correction_state_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.field}"


class DraftOrder(models.Model):
    """Title and description that somebody wants translated into a language; gone once the draft stands on the card.

    ``source_digest`` names the words that were to be translated. ``error`` says why there is no draft.
    """

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="draft_orders", db_index=False)
    lang = models.CharField(max_length=5)
    source_lang = models.CharField(max_length=5)
    source_digest = models.CharField(max_length=64)
    title_job = models.ForeignKey("translation.Job", models.CASCADE, related_name="+")
    description_job = models.ForeignKey("translation.Job", models.CASCADE, null=True, related_name="+")
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    error = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "lang"], name="draft_order_once")]
        indexes = [models.Index(fields=["made_at"], name="draft_order_open", condition=Q(error=""))]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.source_lang}-{self.lang}"


class Dispatch(models.Model):
    """Somebody is to be told by mail of an act; the mail is written by a reader of this table, once.

    ``to`` says whom: the applicant of ``admission``, or the administrators or data administrators of ``authority``.
    ``about`` is the authority that it is about.
    """

    class To(models.TextChoices):
        """Whom it goes to."""

        APPLICANT = "applicant"
        ADMINISTRATORS = "administrators"
        DATA_ADMINISTRATORS = "data_administrators"

    kind = models.CharField(max_length=30)
    to = models.CharField(max_length=20, choices=To.choices)
    authority = models.ForeignKey(Authority, models.CASCADE, null=True, related_name="+", db_index=False)
    about = models.ForeignKey(Authority, models.CASCADE, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(PolicyArea, models.CASCADE, null=True, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, models.CASCADE, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at", "id"], name="dispatch_open", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.to}"


class Throttle(models.Model):
    """How often something was asked for under one key since a moment; the key is a digest, not the address itself."""

    key = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField(db_index=True)
    total = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.total}"
