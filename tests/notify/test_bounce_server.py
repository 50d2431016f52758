"""The worker's own way in for reports: a mail server that takes nothing but these."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.utils import timezone

from imi.notify import bounce_server, bounces, problems, reports
from tests.notify.test_bounces import RETURN, _free_port, mail_to, sample


def _lines(raw: bytes) -> bytes:
    """Lines as they end on the wire."""
    return raw.replace(b"\n", b"\r\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_the_listener_takes_reports_and_refuses_the_rest(settings: Any, protocol: str) -> None:
    settings.IMI_BOUNCE_ADDRESS, settings.IMI_BOUNCE_PROTOCOL = RETURN, protocol
    mail = mail_to("someone@recipient.example")
    port = _free_port()
    listener = bounce_server.start("127.0.0.1", port)
    kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    try:
        with kind("127.0.0.1", port) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("<>", ["info@mail.imi.example"], b"Subject: hello\r\n\r\nhello")
            address = bounces.return_address(mail.pk, timezone.now())
            client.sendmail("<>", [address], _lines(sample("exim-unknown-user", mail)))
            with pytest.raises(smtplib.SMTPResponseException):
                client.sendmail("<>", [address], (b"y" * 70 + b"\r\n") * (reports.LARGEST // 70))
    finally:
        listener.stop()
    assert problems.of_address("someone@recipient.example") is not None
