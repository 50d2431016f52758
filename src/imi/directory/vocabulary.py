"""Shape of the words by which authorities are found: concepts, their names in every language, search keys."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from imi.directory.fields import KeyField
from imi.directory.folding import MAX_TOKEN


class Concept(models.Model):
    """A profession, an activity or another entry of a classification (``scheme``)."""

    scheme = models.CharField(max_length=63)
    code = KeyField(max_length=20)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="concept_once")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code}"


class ConceptLabel(models.Model):
    """A name of a concept in one language: the preferred one, or another by which people know it."""

    class Kind(models.TextChoices):
        """A concept has one preferred name in a language and any number of others."""

        PREF = "pref"
        ALT = "alt"

    concept = models.ForeignKey(Concept, models.CASCADE, related_name="labels")
    lang = models.CharField(max_length=5)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    text = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["concept", "lang"], condition=Q(kind="pref"), name="concept_label_one_preferred"
            ),
            models.CheckConstraint(condition=Q(kind__in=["pref", "alt"]), name="concept_label_kind_known"),
        ]

    def __str__(self) -> str:
        return self.text


class ConceptToken(models.Model):
    """A search key of a concept; ``weight`` (1 to 100) is the share of the name that the word makes up."""

    token = KeyField(max_length=MAX_TOKEN)
    lang = models.CharField(max_length=5)
    concept = models.ForeignKey(Concept, models.CASCADE, related_name="+", db_index=False)
    weight = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "lang", "concept"], name="concept_token_once")]

    def __str__(self) -> str:
        return self.token


class AuthorityConcept(models.Model):
    """An authority says that it is competent for a concept: in one policy area, or (empty) in all that it has."""

    authority = models.ForeignKey("directory.Authority", models.CASCADE, related_name="concepts", db_index=False)
    concept = models.ForeignKey(Concept, models.PROTECT, related_name="authorities")
    area = models.ForeignKey("directory.PolicyArea", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "concept", "area"], name="authority_concept_in_area_once"),
            models.UniqueConstraint(
                fields=["authority", "concept"], condition=Q(area=None), name="authority_concept_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.concept_id} {self.area_id or '*'}"


class AuthorityKeyword(models.Model):
    """A word of the authority's own by which it wants to be found in a policy area."""

    authority = models.ForeignKey("directory.Authority", models.CASCADE, related_name="keywords", db_index=False)
    area = models.ForeignKey("directory.PolicyArea", models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "text", "area"], name="authority_keyword_once")]

    def __str__(self) -> str:
        return self.text


class RegisterConcept(models.Model):
    """A register lists people or businesses of a concept."""

    register = models.ForeignKey("directory.Register", models.CASCADE, related_name="concepts", db_index=False)
    concept = models.ForeignKey(Concept, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "concept"], name="register_concept_once")]

    def __str__(self) -> str:
        return f"{self.register_id} {self.concept_id}"


class AuthorityToken(models.Model):
    """A search key of what an authority is called, does and where it is; one row a key, of its weightiest field."""

    class Field(models.IntegerChoices):
        """Where the word stands; the value is what a find there weighs against the others."""

        NAME = 19
        INFORMAL = 18
        CITY = 17
        KEYWORD = 13
        DESCRIPTION = 9

    token = KeyField(max_length=MAX_TOKEN)
    authority = models.ForeignKey("directory.Authority", models.CASCADE, related_name="+")
    field = models.SmallIntegerField(choices=Field.choices)

    class Meta:
        # The index of this constraint holds all that a search needs, so it never looks at the rows themselves.
        constraints = [models.UniqueConstraint(fields=["token", "authority", "field"], name="authority_token_once")]

    def __str__(self) -> str:
        return self.token


class Edition(models.Model):
    """Which edition of a shipped data file the database holds."""

    name = models.CharField(primary_key=True, max_length=40)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"
