"""Shape of stored files. The bytes lie in the file store under the id; the name people gave is only shown."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One uploaded file. Until an exchange refers to it, it belongs to the draft it was uploaded for.

    ``kept_until`` says for how long a file is kept that no exchange refers to; it is empty once one does, for good.
    What is ``removing`` is on its way out: nobody can refer to it any more, and its bytes may be gone already.
    """

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
    uploaded_at = models.DateTimeField()
    kept_until = models.DateTimeField(null=True)
    removing = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["kept_until"], name="file_loose", condition=models.Q(kept_until__isnull=False)),
        ]
