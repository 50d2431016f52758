"""A column for search keys."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class KeyField(models.CharField):
    """Text that both databases compare byte by byte, so that a range of keys is a range of prefixes.

    PostgreSQL sorts by the language of the database unless told otherwise (some put ``ch`` after ``h``); SQLite
    compares bytes by itself.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Return the column's type, with the byte-wise collation where the database has another default."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
