"""Reads what mail servers send back: did a mail not arrive, for good or for a while, or did it arrive?

Sources: RFC 3464 (delivery status notifications), RFC 3463 (enhanced status codes), RFC 3834 (automatic answers), and
how servers that follow none of them write: those name the mail by its Message-ID and give the reply of the other
server in words. Nothing here believes who sent a report; :mod:`imi.notify.bounces` asks for our own token first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from enum import StrEnum

from imi.notify.models import MailProblem

LARGEST = 1_000_000
"""Bytes of a report that are read; our mails are small, and so is what comes back of them."""

_MOST_PARTS = 50
_MOST_TEXT = 20_000
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])([0-9]{2})(?=[\s-])")
_ROBOTS = re.compile(r"mailer-daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)

Reason = MailProblem.Reason


class Verdict(StrEnum):
    """What became of a mail."""

    DEAD = "dead"  # it will never arrive at this address
    LOST = "lost"  # this one did not arrive, another may
    ARRIVED = "arrived"
    NOTHING = "nothing"  # nothing about the address: a delay, an automatic answer, our own fault


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: the verdict, why, and the status it gave."""

    verdict: Verdict
    reason: Reason = Reason.REFUSED
    status: str = ""


NOTHING = Report(Verdict.NOTHING)


def read(raw: bytes, message_id: str) -> Report:
    """Return what a report says about the mail with ``message_id``; whatever is malformed says nothing.

    Args:
        raw: the whole report as it came in, not longer than :data:`LARGEST`.
        message_id: of the mail, without angle brackets.
    """
    message = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
    parts = [part for part, _number in zip(message.walk(), range(_MOST_PARTS), strict=False)]
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _worst(_of_recipients(part))
    return _in_words(message, parts, message_id)


# --- notifications as RFC 3464 has them ------------------------------------------------------------------------------


def _of_recipients(part: Message) -> Iterator[Report]:
    """What each group of fields says; the first group is about the mail as a whole."""
    content = part.get_payload()
    groups = content if isinstance(content, list) else message_groups(str(content))
    for group in groups[:_MOST_PARTS]:
        action = _field(group, "Action").lower()
        if action in ("delivered", "relayed", "expanded"):
            yield Report(Verdict.ARRIVED if action == "delivered" else Verdict.NOTHING)
        elif action == "failed":
            yield judge(_status(group))


def message_groups(text: str) -> list[Message]:
    """The groups of fields of a delivery status that was not taken apart already."""
    blocks = re.split(r"\r?\n[ \t]*\r?\n", text.strip()[:_MOST_TEXT])
    return [message_from_bytes(block.encode(errors="replace")) for block in blocks if block.strip()]


def _field(group: Message | str, name: str) -> str:
    return str(group.get(name, "")).strip() if isinstance(group, Message) else ""


def _status(group: Message | str) -> str:
    """The status of a recipient; where it says only that something failed, what the other server said is asked.

    Exim gives 5.0.0 for whatever failed, and the reply in the diagnostic code.
    """
    given = _STATUS.search(_field(group, "Status"))
    said = in_reply(_field(group, "Diagnostic-Code"))
    if given is None or (given[0].endswith(".0.0") and said):
        return said or "5.0.0"
    return given[0]


def in_reply(text: str) -> str:
    """The enhanced status in a reply of a mail server; from the three digits alone ``5.0.0`` or ``4.0.0``.

    552 has always meant that the mailbox is full (RFC 5321, 4.2.3).
    """
    found = _STATUS.search(text[:_MOST_TEXT])
    if found:
        return found[0]
    reply = _REPLY.search(text[:_MOST_TEXT])
    if reply is None:
        return ""
    return "5.2.2" if reply[0] == "552" else f"{reply[1]}.0.0"


def _worst(found: Iterator[Report]) -> Report:
    order = (Verdict.DEAD, Verdict.LOST, Verdict.ARRIVED, Verdict.NOTHING)
    return min(found, key=lambda report: order.index(report.verdict), default=NOTHING)


# --- statuses --------------------------------------------------------------------------------------------------------

# What the status of a mail that failed says about its address (RFC 3463, 3.2 to 3.8). A whole subject stands for what
# is not named: {subject: ...}, {subject.detail: ...}. 5.4.1 and 5.4.310 are how large hosted servers say that there is
# no such mailbox, or no such domain.
_DEAD = {
    "0": Reason.NO_MAILBOX,
    "1": Reason.NO_MAILBOX,
    "1.2": Reason.NO_SERVER,
    "2.1": Reason.CLOSED,
    "4.1": Reason.NO_MAILBOX,
    "4.4": Reason.NO_SERVER,
    "4.310": Reason.NO_SERVER,
}
_LOST = {
    "2": Reason.FULL,
    "2.0": Reason.REFUSED,
    "3": Reason.UNREACHABLE,
    "4": Reason.UNREACHABLE,
    "7": Reason.REFUSED,
}
# The sender's address, the length or form of this very mail, the protocol: nothing is wrong with the address.
_OURS = frozenset({"1.7", "1.8", "2.3", "3.4", "5", "6"})


def judge(status: str) -> Report:
    """Say what the enhanced status of a mail that failed means for its address.

    A status that begins with 4 and yet failed was given up after days: that mail is lost, another may arrive.
    """
    found = _STATUS.fullmatch(status)
    if found is None:
        return Report(Verdict.LOST, Reason.REFUSED)
    kind, subject = found[1], found[2]
    detail = f"{subject}.{found[3]}"
    if kind == "2" or detail in _OURS or subject in _OURS:
        return NOTHING
    if kind == "4":
        return Report(Verdict.LOST, Reason.FULL if subject == "2" else Reason.UNREACHABLE, status)
    if detail in _DEAD:
        return Report(Verdict.DEAD, _DEAD[detail], status)
    if detail not in _LOST and subject in _DEAD:
        return Report(Verdict.DEAD, _DEAD[subject], status)
    return Report(Verdict.LOST, _LOST.get(detail, _LOST.get(subject, Reason.REFUSED)), status)


# --- reports in words ------------------------------------------------------------------------------------------------


def _in_words(message: Message, parts: list[Message], message_id: str) -> Report:
    """What a report without a delivery status says: only one by a mail server, and only if it names our mail."""
    if not _by_a_server(message):
        return NOTHING
    text = "\n".join(_text(part) for part in parts)[: _MOST_TEXT * 2]
    if message_id not in text:
        return NOTHING
    about, _ours, _rest = text.partition(message_id)  # what is quoted of our own mail is no reply
    status = in_reply(about)
    return judge(status) if status.startswith("5") else NOTHING if status else judge("")


def _by_a_server(message: Message) -> bool:
    """Whether a mail server wrote this, and nobody's holiday notice (RFC 3834 gives both the same mark)."""
    if message.get("X-Failed-Recipients"):
        return True
    return bool(_ROBOTS.search(str(message.get("From", "")))) and not message.get("In-Reply-To")


def _text(part: Message) -> str:
    if part.is_multipart():
        return str(part.get("Message-ID", ""))
    content = part.get_payload(decode=True)
    return content[:_MOST_TEXT].decode("utf-8", "replace") if isinstance(content, bytes) else ""


def envelope_addresses(raw: bytes) -> list[str]:
    """The addresses to which a mail was delivered, from the lines that mail servers put on top for a pipe."""
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:LARGEST])
    names = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
    return [str(value).strip(" <>\r\n") for name in names for value in message.get_all(name, [])]
