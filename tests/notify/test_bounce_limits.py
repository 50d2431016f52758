"""What strangers cannot do to the way in for reports: hold it open, fill it up, keep others out; with real sockets."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from imi.notify import bounce_server, bounces
from imi.notify.bounce_server import Limits
from tests.notify.test_bounces import RETURN, _free_port

HOST = "127.0.0.1"
TIGHT = Limits(connections=3, idle=0.6, whole=1.5, size=200_000, commands=5)


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    """Of a listener with tight limits."""
    settings.IMI_BOUNCE_ADDRESS, settings.IMI_BOUNCE_PROTOCOL = RETURN, "smtp"
    free = _free_port()
    listener = bounce_server.start(HOST, free, TIGHT)
    try:
        yield free
    finally:
        listener.stop()


def opened(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=10)
    connection.settimeout(10)
    return connection


def greeting(connection: socket.socket) -> bytes:
    return connection.recv(200)


def until_closed(connection: socket.socket, send: bytes = b"", pause: float = 0.05) -> float:
    """Send something again and again until the other side hangs up; how long that took, at most ten seconds."""
    begun = time.monotonic()
    connection.settimeout(pause)
    while time.monotonic() - begun < 10:
        try:
            if send:
                connection.sendall(send)
            if connection.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begun


def test_no_more_connections_than_allowed_and_room_again_when_one_leaves(port: int) -> None:
    held = [opened(port) for _number in range(TIGHT.connections)]
    assert all(greeting(one).startswith(b"220") for one in held)
    one_too_many = opened(port)
    assert greeting(one_too_many).startswith(b"421 4.3.2")
    assert one_too_many.recv(10) == b"", "and is hung up on"
    held.pop().close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with opened(port) as again:
            if greeting(again).startswith(b"220"):
                break
    else:
        pytest.fail("the place of who has left is not free")
    for one in held:
        one.close()


def test_many_who_are_refused_leave_nothing_behind(port: int) -> None:
    held = [opened(port) for _number in range(TIGHT.connections)]
    assert all(greeting(one).startswith(b"220") for one in held)
    for _time in range(50):
        with opened(port) as refused:
            assert greeting(refused).startswith(b"421")
    for one in held:
        one.close()
    time.sleep(0.3)
    again = [opened(port) for _number in range(TIGHT.connections)]
    assert all(greeting(one).startswith(b"220") for one in again)
    for one in again:
        one.close()


def test_who_says_nothing_is_hung_up_on(port: int) -> None:
    with opened(port) as silent:
        assert TIGHT.idle * 0.8 < until_closed(silent) < TIGHT.whole + 2


def test_who_says_little_for_ever_is_hung_up_on(port: int) -> None:
    """One byte after the other of a command that never ends keeps no place longer than the idle ones."""
    with opened(port) as slow:
        assert until_closed(slow, b"N", 0.1) < TIGHT.idle + 1.5


def test_a_message_that_trickles_in_is_not_waited_for_longer_than_all_else(settings: Any) -> None:
    settings.IMI_BOUNCE_ADDRESS, settings.IMI_BOUNCE_PROTOCOL = RETURN, "smtp"
    free = _free_port()
    listener = bounce_server.start(HOST, free, Limits(connections=2, idle=30, whole=1.5, size=200_000, commands=50))
    try:
        with opened(free) as slow:
            begin_data(slow)
            assert until_closed(slow, b"x\r\n", 0.1) < 4
        with opened(free) as busy:
            assert until_closed(busy, b"RSET\r\n", 0.2) < 4
    finally:
        listener.stop()


def begin_data(connection: socket.socket) -> None:
    """Speak up to where the message begins."""
    address = bounces.return_address(1, timezone.now())
    greeting(connection)
    for line in ("HELO x.example", "MAIL FROM:<>", f"RCPT TO:<{address}>", "DATA"):
        connection.sendall(f"{line}\r\n".encode())
        answer = connection.recv(1000)
    assert answer.startswith(b"354")


def test_a_message_without_end_is_hung_up_on(port: int) -> None:
    with opened(port) as flood:
        begin_data(flood)
        line, sent = b"y" * 998 + b"\r\n", 0
        try:
            while sent < 50_000_000:
                sent += flood.send(line * 20)
        except OSError:
            pass
    assert sent < 20_000_000, "the other side reads no more than it is allowed to"


def test_who_repeats_a_command_is_hung_up_on(port: int) -> None:
    with smtplib.SMTP(HOST, port, timeout=10) as client:
        answers = [client.docmd("NOOP")[0] for _time in range(TIGHT.commands)]
        assert answers == [250] * TIGHT.commands
        assert client.docmd("NOOP")[0] == 421


def test_slow_ones_keep_nobody_waiting(port: int) -> None:
    with opened(port) as slow:
        begin_data(slow)
        begun = time.monotonic()
        with smtplib.SMTP(HOST, port, timeout=10) as client:
            assert client.noop()[0] == 250
        assert time.monotonic() - begun < 0.5


def test_it_stops_at_once_with_somebody_on_the_line(settings: Any) -> None:
    settings.IMI_BOUNCE_ADDRESS, settings.IMI_BOUNCE_PROTOCOL = RETURN, "smtp"
    free = _free_port()
    listener = bounce_server.start(HOST, free, Limits())
    with opened(free) as waiting:
        greeting(waiting)
        begun = time.monotonic()
        listener.stop()
    assert time.monotonic() - begun < 5
