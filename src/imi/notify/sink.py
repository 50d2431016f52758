"""The training world's own mail server: takes every mail over real SMTP and keeps it for the mailbox page."""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from imi.notify import actions


class Keeper:
    """Keeps what arrives."""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one message; the sender hears 250 only after it is stored."""
        await asyncio.to_thread(_keep, envelope)
        return "250 Message accepted for delivery"


def _keep(envelope: Envelope) -> None:
    message = message_from_bytes(_content(envelope), policy=policy.default)
    body = message.get_body(("plain",))
    try:
        for recipient in envelope.rcpt_tos:
            actions.receive(
                str(message["Message-ID"] or ""),
                recipient,
                str(message["Subject"] or ""),
                body.get_content() if body else "",
            )
    finally:
        # The thread comes from a pool and may be another one next time.
        connection.close()


def _content(envelope: Envelope) -> bytes:
    content = envelope.content or b""
    return content.encode() if isinstance(content, str) else content


def start() -> Controller:
    """Start the server on a free port of this machine only; ``controller.port`` says which."""
    controller = Controller(Keeper(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    return controller


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
