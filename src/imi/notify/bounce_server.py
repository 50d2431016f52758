"""A small mail server for reports only: it takes what comes to a return address that we made, and refuses the rest.

Speaks SMTP or LMTP (RFC 2033) to the mail server in front of it. A recipient is judged by the signature alone, so that
strangers cost neither memory nor a query.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
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
_LAST_WORDS = 2.0  # seconds for the other side to read why it is hung up on
log = logging.getLogger("imi.worker")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one listener grants to whoever connects.

    Args:
        connections: at once; whoever comes after is told to try again later. The mail server in front opens a few.
        idle: seconds until the next command has come, and a message after its beginning.
        whole: seconds that a connection lasts at most, however busy it is.
        size: bytes that a connection sends at most, all its messages together; a single one is capped by
            :data:`reports.LARGEST`.
        commands: how often a connection gives the same command.
    """

    connections: int = 50
    idle: float = 60
    whole: float = 300
    size: int = 20 * reports.LARGEST
    commands: int = 100


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


class _LimitedSMTP(SMTP):
    """SMTP within limits: a connection ends where there are too many others, after too much time, too many bytes.

    aiosmtpd itself knows a time without commands, a size of one message and a number of equal commands only.
    """

    def __init__(self, *given: Any, open_now: set[Any], limits: Limits, **named: Any) -> None:
        super().__init__(*given, timeout=limits.idle, command_call_limit=limits.commands, **named)
        self._open_now, self._limits = open_now, limits
        self._left = limits.size
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or say that there are too many."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a connection of another kind than TCP")
        if len(self._open_now) >= self._limits.connections:
            _hang_up(transport, b"421 4.3.2 Too many connections, try again later")
            return
        self._open_now.add(self)
        say = b"421 4.4.2 This connection has lasted too long"
        self._ends = asyncio.get_running_loop().call_later(self._limits.whole, _hang_up, transport, say)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass on what came in, as long as it is not too much; one that was refused says nothing any more."""
        if self._ends is None:
            return
        self._left -= len(data)
        if self._left >= 0:
            super().data_received(data)
        elif isinstance(self.transport, asyncio.Transport):
            log.info("bounce_ignored", extra={"why": "too much on one connection"})
            self.transport.abort()

    def eof_received(self) -> bool | None:
        """Hang up too; nothing is known of a connection that was refused."""
        return False if self._ends is None else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for the next."""
        if self._ends is None:
            return
        self._ends.cancel()
        self._open_now.discard(self)
        super().connection_lost(error)


def _hang_up(transport: asyncio.Transport, say: bytes) -> None:
    """Say why, and close; one that does not read what is said is cut off."""
    transport.write(say + b"\r\n")
    transport.close()
    asyncio.get_running_loop().call_later(_LAST_WORDS, transport.abort)


class _LimitedLMTP(_LimitedSMTP, LMTP):
    """LMTP within limits."""


class _Listener(Controller):
    """A controller whose server speaks SMTP or LMTP, within limits."""

    def __init__(self, limits: Limits, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.limits = limits
        self.open_now: set[Any] = set()

    def factory(self) -> SMTP:
        kind = _LimitedLMTP if settings.IMI_BOUNCE_PROTOCOL == "lmtp" else _LimitedSMTP
        return kind(self.handler, open_now=self.open_now, limits=self.limits, **self.SMTP_kwargs)


def start(host: str, port: int, limits: Limits | None = None) -> Controller:
    """Start listening; ``controller.stop()`` ends it.

    Args:
        limits: what is granted to whoever connects; without any what suffices for a mail server in front.

    Raises:
        OSError: the address is in use or not this machine's.
    """
    named: dict[str, Any] = {"data_size_limit": reports.LARGEST, "ident": "IMI reports"}
    listener = _Listener(limits or Limits(), Taker(), hostname=host, port=port, **named)
    listener.start()
    return listener
