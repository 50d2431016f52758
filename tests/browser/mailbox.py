"""A real mail server for tests: whoever waits for a mail gets it the moment it has arrived."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any, cast

from aiosmtpd.controller import Controller

from tests.faults.installation import free_port


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived."""

    recipient: str
    subject: str
    body: str
    raw: bytes


@dataclass
class Mailbox:
    """All mails that have come, oldest first."""

    address: str = ""
    mails: list[Mail] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a mail."""
        message = cast(EmailMessage, message_from_bytes(envelope.content, policy=modern))
        text = message.get_body(("plain",))
        body = text.get_content() if text is not None else ""
        with self.arrived:
            for recipient in envelope.rcpt_tos:
                self.mails.append(Mail(recipient, str(message["Subject"]), body, envelope.content))
            self.arrived.notify_all()
        return "250 OK"

    def to(self, recipient: str) -> list[Mail]:
        """What somebody has got so far."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    def wait(self, recipient: str, subject: str, seconds: float = 60) -> Mail:
        """The mail with this subject to somebody, also if it has been here for a while.

        Raises:
            AssertionError: none came.
        """

        def found() -> Mail | None:
            return next((mail for mail in self.to(recipient) if mail.subject == subject), None)

        with self.arrived:
            mail = self.arrived.wait_for(found, seconds)
        assert mail, f"{recipient} got no mail {subject!r} but {[one.subject for one in self.to(recipient)]}"
        return mail


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server on a port of its own, as long as it is needed."""
    box, port = Mailbox(), free_port()
    box.address = f"127.0.0.1:{port}"
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
