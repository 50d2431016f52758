"""Shape of the directory: countries, authorities, their access and relations, registers and holidays.

The words by which authorities are found are in :mod:`imi.directory.vocabulary`. Sources of the rules: Regulation (EU)
No 1024/2012, Art. 5 to 8 (actors), and the guide for the first user of an authority (data, settings, links).
"""

from __future__ import annotations

import hashlib

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

from imi.directory.collation import LETTERS
from imi.directory.fields import KeyField
from imi.directory.vocabulary import (
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityToken,
    Concept,
    ConceptLabel,
    ConceptToken,
    Edition,
    RegisterConcept,
)
from imi.translation.models import Drafted

__all__ = [
    "Access",
    "Authority",
    "AuthorityConcept",
    "AuthorityKeyword",
    "AuthorityLink",
    "AuthorityRegion",
    "AuthorityText",
    "AuthorityToken",
    "Concept",
    "ConceptLabel",
    "ConceptToken",
    "CoordinatorLink",
    "Country",
    "Edition",
    "Holiday",
    "PolicyArea",
    "Register",
    "RegisterConcept",
    "RegisterText",
]

SLUG = RegexValidator(r"^[a-z][a-z0-9-]{0,62}$")


class Country(models.Model):
    """A country whose authorities may take part; ``code`` is the Union's, ``iso`` that of ISO 3166-1."""

    code = models.CharField(primary_key=True, max_length=2)
    iso = models.CharField(max_length=2, unique=True)
    languages = models.JSONField(default=list)
    timezone = models.CharField(max_length=40)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class PolicyArea(models.Model):
    """A policy area of the catalogue; its texts stay in the catalogue."""

    slug = models.CharField(primary_key=True, max_length=63, validators=[SLUG])

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Authority(models.Model):
    """A body that takes part, registered once (access to areas is granted separately).

    ``name`` is the official one, in the authority's own language and script; only its validating coordinator changes
    it. ``region`` is where it sits; what it is competent for is in :class:`AuthorityRegion`. ``coordinator_kind`` is
    an id of ``data/coordinator_kinds.yaml``, empty for what coordinates nobody. ``validator`` is the coordinator that
    registered or validated it; the operator's own registrations have none. ``mail_domain`` and ``web_host`` are keys by
    which it is found when somebody is about to register it twice. ``sort_key`` puts its name into the order of its
    country's first language (:func:`imi.directory.reference.name_key`), on both databases alike.
    """

    class Kind(models.TextChoices):
        """What the body is in its country; what it may do in an area is said by :class:`Access`."""

        NATIONAL_COORDINATOR = "national_coordinator"
        AREA_COORDINATOR = "area_coordinator"
        COMPETENT = "competent"

    id = models.CharField(primary_key=True, max_length=63, validators=[SLUG])
    kind = models.CharField(max_length=20, choices=Kind.choices)
    country = models.ForeignKey(Country, models.PROTECT, related_name="authorities")
    name = models.CharField(max_length=300)
    coordinator_kind = models.CharField(max_length=20, blank=True)
    validator = models.ForeignKey("self", models.PROTECT, null=True, related_name="validated")
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(max_length=300, blank=True)
    languages = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirm_by = models.DateField()
    mail_domain = KeyField(max_length=120, blank=True)
    web_host = KeyField(max_length=120, blank=True)
    sort_key = KeyField(max_length=2 * LETTERS, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["country", "sort_key", "id"], name="authority_in_order"),
            models.Index(fields=["confirm_by", "id"], name="authority_to_confirm", condition=Q(active=True)),
            models.Index(fields=["country"], name="authority_inactive", condition=Q(active=False)),
            models.Index(fields=["country", "coordinator_kind"], name="authority_by_kind", condition=Q(active=True)),
            models.Index(Lower("email"), name="authority_email"),
            models.Index(fields=["mail_domain"], name="authority_mail_domain", condition=~Q(mail_domain="")),
            models.Index(fields=["web_host"], name="authority_web_host", condition=~Q(web_host="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["national_coordinator", "area_coordinator", "competent"]),
                name="authority_kind_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="authority_has_name"),
            # Regulation (EU) No 1024/2012, Art. 6(1): each Member State appoints one national coordinator.
            models.UniqueConstraint(
                fields=["country"],
                condition=Q(kind="national_coordinator", active=True),
                name="authority_one_national_coordinator",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuthorityText(Drafted):
    """What an authority says of itself in one language: a short title that tells its task, and a description."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="texts")
    lang = models.CharField(max_length=5)
    informal = models.CharField(max_length=300)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "lang"], name="authority_text_once")]

    def __str__(self) -> str:
        return self.informal

    def digest(self) -> str:
        """What names these words; a translation of them is out of date once it changes."""
        return hashlib.sha256(f"{self.informal}\0{self.description}".encode()).hexdigest()


class AuthorityRegion(models.Model):
    """A region (a code of ``data/regions.tsv``) that an authority is competent for; without any: its whole country."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="regions", db_index=False)
    code = KeyField(max_length=5)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "code"], name="authority_region_once")]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.code}"


class Access(models.Model):
    """An authority's part in a policy area, with the switches it has set there.

    ``coordinator`` is the access coordinator, who granted the access and may suspend it; the accesses of a national
    coordinator were given by the operator and have none. ``settings`` holds what the authority has chosen; a switch
    that is absent has the default of the lifecycle.
    """

    class Role(models.TextChoices):
        """Whether the authority coordinates others in the area."""

        COORDINATOR = "coordinator"
        AUTHORITY = "authority"

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="accesses")
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="accesses")
    role = models.CharField(max_length=12, choices=Role.choices)
    coordinator = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="granted")
    settings = models.JSONField(default=dict)
    suspended = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["area"], name="access_suspended", condition=Q(suspended=True))]
        constraints = [
            models.UniqueConstraint(fields=["authority", "area"], name="access_once"),
            models.CheckConstraint(condition=~Q(authority=F("coordinator")), name="access_coordinator_not_itself"),
            models.CheckConstraint(condition=Q(role__in=["coordinator", "authority"]), name="access_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.area_id}"


class CoordinatorLink(models.Model):
    """A coordinator that stands behind an authority in an area and takes part in approval and referral."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="coordinator_links")
    area = models.ForeignKey(PolicyArea, models.PROTECT, related_name="+")
    coordinator = models.ForeignKey(Authority, models.CASCADE, related_name="coordinated_links", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["coordinator", "area", "authority"], name="link_of_coordinator")]
        constraints = [
            models.UniqueConstraint(fields=["authority", "area", "coordinator"], name="coordinator_link_once"),
            models.CheckConstraint(condition=~Q(authority=F("coordinator")), name="coordinator_link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.area_id} {self.coordinator_id}"


class AuthorityLink(models.Model):
    """``linked`` may see the high-level overview of the exchanges of ``authority``, which made the link."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="links")
    linked = models.ForeignKey(Authority, models.CASCADE, related_name="linked_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "linked"], name="authority_link_once"),
            models.CheckConstraint(condition=~Q(authority=F("linked")), name="authority_link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.linked_id}"


class Register(models.Model):
    """A public register of professions or services that an authority keeps; looking there can save a request."""

    class Kind(models.TextChoices):
        """What is entered in it (proposal of the handbook of 2012)."""

        PROFESSION = "profession", gettext_lazy("professions")
        COMPANY = "company", gettext_lazy("companies")
        TRADE = "trade", gettext_lazy("trades")
        SANCTION = "sanction", gettext_lazy("sanctions")
        OTHER = "other", gettext_lazy("other")

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="registers")
    url = models.URLField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    charges_fee = models.BooleanField(default=False)
    reviewed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "url"], name="register_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["profession", "company", "trade", "sanction", "other"]),
                name="register_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class RegisterText(models.Model):
    """Name and description of a register in one language."""

    register = models.ForeignKey(Register, models.CASCADE, related_name="texts")
    lang = models.CharField(max_length=5)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "lang"], name="register_text_once")]

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """A public holiday of a country, on which no working day passes.

    ``added_by`` is the user who announced it, by id only because the directory lies beside the accounts;
    ``added_at`` lets the exchanges find holidays that came after their deadlines had been computed.
    """

    class Source(models.TextChoices):
        """Where the date comes from."""

        CALENDAR = "calendar"
        ANNOUNCED = "announced"

    country = models.ForeignKey(Country, models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=Source.choices)
    added_by = models.BigIntegerField(null=True)
    added_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "date"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.country_id} {self.date} {self.name}"
