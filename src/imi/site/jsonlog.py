"""One line of JSON for each thing that happens, with the id of the request it belongs to.

A line holds no request body, no query string and nobody's name: it can be kept and searched without a data-protection
question of its own.
"""

from __future__ import annotations

import contextvars
import datetime
import json
import logging
from typing import Any

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""The id of the request now being answered, or empty outside of one."""

EXTRA = (
    "event",
    "route",
    "method",
    "status",
    "ms",
    "job",
    "count",
    "chore",
    "id",
    "attempt",
    "why",
    "mail",
    "verdict",
    "pid",
)


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON; line breaks inside a message cannot forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line.update({name: getattr(record, name) for name in EXTRA if hasattr(record, name)})
        if record.exc_info:
            line["traceback"] = _without_rows(self.formatException(record.exc_info), record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _without_rows(text: str, error: BaseException | None) -> str:
    """Return a traceback without what PostgreSQL tells of the row that it refused: people have written that."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        detail = getattr(getattr(error, "diag", None), "message_detail", None)
        if detail:
            text = text.replace(str(detail), "…")
        error = error.__cause__ or error.__context__
    return text


def configuration(*, debug: bool) -> dict[str, Any]:
    """Return the configuration of Python's logging: everything to standard error, in JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "imi.site.jsonlog.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "INFO" if debug else "WARNING"},
        "loggers": {
            "imi": {"level": "DEBUG" if debug else "INFO"},
            "django": {"handlers": [], "level": "INFO" if debug else "WARNING", "propagate": True},
            # Each answer is already one line of imi.request; Django would repeat refusals and missing pages here.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
