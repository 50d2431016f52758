"""Shape of stored files. The bytes lie in the file store under the id; the name people gave is only shown."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One uploaded file. Until an exchange refers to it, it belongs to the draft it was uploaded for."""

    class Scan(models.TextChoices):
        """What the scanner said."""

        CLEAN = "clean"
        NOT_SCANNED = "not_scanned"

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    scan = models.CharField(max_length=11, choices=Scan.choices)
    authority = models.ForeignKey("directory.Authority", models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(db_index=True)
