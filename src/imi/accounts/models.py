"""Shape of the accounts: users, their roles in each policy area, and the record of sign-ins.

Sources of the rules: the guide for the first user of an authority (roles, user names, lock after five failures).
"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from imi.directory.models import Authority, PolicyArea


class User(AbstractBaseUser):
    """A person who acts for one authority.

    User names are secret: nobody outside the authority sees them and no mail contains them. They are kept in lower
    case, so that two names never differ by case alone.
    """

    class Mail(models.TextChoices):
        """How a person wants to be told by mail that something waits."""

        IMMEDIATE = "immediate"
        DAILY = "daily"
        NONE = "none"

    username = models.CharField(max_length=40, unique=True)
    email = models.EmailField()
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="users")
    language = models.CharField(max_length=5)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    mail_choice = models.CharField(max_length=9, choices=Mail.choices, default=Mail.IMMEDIATE)
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "given_name", "family_name"]

    objects = BaseUserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(username=Lower(F("username"))), name="user_name_lower_case"),
            # "Each user needs a different, unique e-mail address" (guide for the first user).
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(mail_choice__in=["immediate", "daily", "none"]), name="user_mail_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Return the name as it is written to others."""
        return f"{self.given_name} {self.family_name}"


class RoleGrant(models.Model):
    """What a user may do in a policy area beyond reading as a basic user."""

    class Role(models.TextChoices):
        """The roles of the guide for the first user; the last two exist in coordinators only."""

        BASIC = "basic"
        HANDLER = "handler"
        ALLOCATOR = "allocator"
        APPROVER = "approver"
        DATA_ADMINISTRATOR = "data_administrator"

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", db_index=False)
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="+")
    role = models.CharField(max_length=18, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "area", "role"], name="role_grant_once"),
            models.CheckConstraint(
                condition=Q(role__in=["basic", "handler", "allocator", "approver", "data_administrator"]),
                name="role_grant_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.area_id} {self.role}"


class SignIn(models.Model):
    """One attempt to sign in; ``user`` is empty when nobody has the name that was given."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sign_ins", db_index=False)
    at = models.DateTimeField()
    ok = models.BooleanField()
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="sign_in_latest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M} {'ok' if self.ok else 'refused'}"
