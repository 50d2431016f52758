"""Shape of the accounts: users, their roles, what they sign in with, their sessions, and what they are told by mail.

Sources of the rules: the guide for the first user of an authority (roles, user names, temporary passwords, the code of
twelve characters, lock after five failures).
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
    registered_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "given_name", "family_name"]

    objects = BaseUserManager()

    class Meta:
        indexes = [
            models.Index(fields=["authority"], name="user_seen", condition=Q(is_active=True, last_seen__isnull=False)),
        ]
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

    @property
    def may_enter(self) -> bool:
        """Whether the user and the authority are active; nobody else signs in."""
        return self.is_active and self.authority.active


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


class Credentials(models.Model):
    """What a user signs in with, beside the hash of the password in :class:`User`.

    While ``temporary_until`` is set, that hash is of a temporary password, good once and until then. ``version`` counts
    every change; the sealed code, the cookies of known devices and a half-finished first sign-in belong to one version.
    ``positions`` are the three places of the code that are asked, the same until they are answered.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="credentials")
    version = models.PositiveIntegerField(default=0)
    temporary_until = models.DateTimeField(null=True)
    temporary_used_at = models.DateTimeField(null=True)
    sealed_code = models.CharField(max_length=200, blank=True)
    positions = models.CharField(max_length=8, blank=True)
    chosen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "credentials"

    def __str__(self) -> str:
        return f"{self.user_id} version {self.version}"


class Factor(models.Model):
    """Something a person has and signs in with beside what the person knows: a passkey, or an app that shows codes.

    Of an app the secret is ``sealed`` under the key ring and ``counter`` is the last time step that was accepted. Of a
    passkey ``credential`` holds the public key, and ``counter`` is the number of signatures that it told last (always 0
    for most that are kept in step between devices).
    """

    class Kind(models.TextChoices):
        """What it is."""

        PASSKEY = "passkey"
        TOTP = "totp"

    user = models.ForeignKey(User, models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=60)
    sealed = models.CharField(max_length=200, blank=True)
    credential_id = models.CharField(max_length=1400, null=True, unique=True)
    credential = models.TextField(blank=True)
    counter = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="passkey", credential_id__isnull=False, sealed="")
                | Q(kind="totp", credential_id__isnull=True, credential=""),
                name="factor_is_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class RecoveryCode(models.Model):
    """One of the codes on paper that stand in for a lost factor; a digest is stored, and each works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", db_index=False)
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {'used' if self.used_at else 'unused'}"


class Door(models.Model):
    """Consecutive failures under one user name, apart for devices known to its owner and for everywhere else.

    Names that nobody has get a door too (``user`` empty, the name as a keyed digest), so that nothing tells them from
    others. A side is closed at five failures; see :mod:`imi.accounts.doors`.
    """

    key = models.CharField(max_length=80, primary_key=True)
    user = models.OneToOneField(User, models.CASCADE, null=True, related_name="door")
    known_failures = models.PositiveSmallIntegerField(default=0)
    known_opens_at = models.DateTimeField()
    strange_failures = models.PositiveSmallIntegerField(default=0)
    strange_opens_at = models.DateTimeField()
    with_password = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    settled = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["closed_at"],
                name="door_to_tell",
                condition=Q(closed_at__isnull=False, told_at__isnull=True, user__isnull=False),
            ),
            models.Index(fields=["last_at"], name="door_of_nobody", condition=Q(user__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.known_failures}/{self.strange_failures}"


class SignIn(models.Model):
    """One attempt to sign in; ``user`` is empty when nobody has the name that was given.

    An attempt is answered once, when the asked characters of the code come in; until then it counts as failed. The
    place that it took at its door pays for one answer to the second factor too, given at ``second_at``.

    ``by`` is how the person began (empty in rows from before this was noted), ``service`` the id of the identity
    provider, ``second`` what followed, and ``fault`` why it has not led in. A fault never says which of password and
    code was wrong: whoever sat down at a session left open could guess one after the other.
    """

    class By(models.TextChoices):
        """How somebody began; ``password`` stands for password and security code."""

        PASSWORD = "password"  # noqa: S105 - a kind of proof
        TEMPORARY = "temporary"
        PASSKEY = "passkey"
        OUTSIDE = "outside"
        SESSION = "session"

    class Second(models.TextChoices):
        """What followed."""

        CODE = "code"
        APP = "app"
        RECOVERY = "recovery"
        PASSKEY = "passkey"
        SET_UP = "set_up"

    class Fault(models.TextChoices):
        """Why it did not lead in."""

        UNFINISHED = "unfinished"
        LOCKED = "locked"
        FIRST = "first"
        NO_SECOND = "no_second"
        SECOND = "second"

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sign_ins", db_index=False)
    at = models.DateTimeField()
    ok = models.BooleanField()
    answered_at = models.DateTimeField(null=True)
    second_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    network = models.CharField(max_length=43, blank=True)
    device = models.CharField(max_length=40, blank=True)
    known_device = models.BooleanField(default=False)
    by = models.CharField(max_length=9, choices=By.choices, blank=True, default="")
    service = models.CharField(max_length=30, blank=True, default="")
    second = models.CharField(max_length=8, choices=Second.choices, blank=True, default="")
    fault = models.CharField(max_length=10, choices=Fault.choices, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="sign_in_latest"),
            models.Index(fields=["network", "at"], name="sign_in_failed", condition=Q(ok=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M} {'ok' if self.ok else 'refused'}"


class OutsideIdentity(models.Model):
    """An identity at another service by which a user may sign in (OpenID Connect).

    It is known by its issuer and the subject there and by nothing else: no name and no mail address is compared. The
    subject is stored as it is told, up to 255 characters (OpenID Connect Core 1.0, section 2).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="outside_identities", db_index=False)
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "outside identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="outside_identity_once"),
            models.UniqueConstraint(fields=["user", "issuer"], name="outside_identity_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.issuer}"


class Session(models.Model):
    """A session; ``user`` is empty before the first proof of who it is. The cookie's value is stored as a digest only.

    ``outside_subject`` and ``outside_session`` are digests of whom, and of which of its sessions, an identity provider
    named when the person came from there, so that the provider can end it.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    data = models.TextField()
    expires_at = models.DateTimeField(db_index=True)
    opened_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=40, blank=True)
    outside_subject = models.CharField(max_length=64, blank=True, default="")
    outside_session = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["outside_subject"], name="session_subject", condition=~Q(outside_subject="")),
            models.Index(fields=["outside_session"], name="session_outside", condition=~Q(outside_session="")),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.opened_at}"


class AccountMail(models.Model):
    """Something a user has to be told by mail; :mod:`imi.notify` turns it into a mail.

    ``sealed`` holds under the key ring what only the mail may show, and is erased as soon as the mail is out or
    ``until`` is over.
    """

    class Kind(models.TextChoices):
        """What the user is told."""

        FIRST_PASSWORD = "first_password"  # noqa: S105 - a kind of mail
        RESET_PASSWORD = "reset_password"  # noqa: S105
        LOCKED = "locked"
        STRANGERS_LOCKED = "strangers_locked"
        COLLEAGUE_LOCKED = "colleague_locked"
        SECRET_CHANGED = "secret_changed"  # noqa: S105 - the own password
        CODE_CHANGED = "code_changed"
        FACTOR_ADDED = "factor_added"
        FACTOR_REMOVED = "factor_removed"
        RECOVERY_MADE = "recovery_made"
        RECOVERY_USED = "recovery_used"
        FACTORS_RESET = "factors_reset"
        COLLEAGUE_RESET = "colleague_reset"
        OUTSIDE_LINKED = "outside_linked"
        OUTSIDE_UNLINKED = "outside_unlinked"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    sealed = models.CharField(max_length=300, blank=True)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="account_mail_to_post", condition=Q(posted_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "first_password",
                        "reset_password",
                        "locked",
                        "strangers_locked",
                        "colleague_locked",
                        "secret_changed",
                        "code_changed",
                        "factor_added",
                        "factor_removed",
                        "recovery_made",
                        "recovery_used",
                        "factors_reset",
                        "colleague_reset",
                        "outside_linked",
                        "outside_unlinked",
                    ]
                ),
                name="account_mail_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
