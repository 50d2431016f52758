"""A small mail server for reports only: it takes what comes to a return address that we made, and refuses the rest.

Speaks SMTP or LMTP (RFC 2033) to the mail server in front of it. A recipient is judged by the signature alone, so that
strangers cost neither memory nor a query.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from imi.notify import bounces, reports

# A report has one recipient, and over LMTP each would need an answer of its own (RFC 2033, 4.2).
_MOST_RECIPIENTS = 1
_AT_ONCE = 4
log = logging.getLogger("imi.worker")


class Taker:
    """Takes reports."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(_AT_ONCE)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a return address of ours, and nothing else."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if bounces.mail_of(address, timezone.now()) is None:
            return "550 5.1.1 No such address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a report; the sender hears 250 once it is counted, and tries again if the database is away."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        async with self.free:
            try:
                for address in envelope.rcpt_tos:
                    await asyncio.to_thread(_take, raw, address)
            except DatabaseError:
                log.warning("database_gone", extra={"chore": "bounces"}, exc_info=True)
                return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"


def _take(raw: bytes, address: str) -> None:
    try:
        bounces.take(raw, address)
    finally:
        connection.close()  # the thread comes from a pool and may be another one next time


class _Listener(Controller):
    """A controller whose server speaks SMTP or LMTP and caps the size."""

    def factory(self) -> SMTP:
        kind: type[SMTP] = LMTP if settings.IMI_BOUNCE_PROTOCOL == "lmtp" else SMTP
        given: dict[str, Any] = dict(self.SMTP_kwargs)
        return kind(self.handler, **given)


def start(host: str, port: int) -> Controller:
    """Start listening; ``controller.stop()`` ends it.

    Raises:
        OSError: the address is in use or not this machine's.
    """
    listener = _Listener(Taker(), hostname=host, port=port, data_size_limit=reports.LARGEST, ident="IMI reports")
    listener.start()
    return listener
