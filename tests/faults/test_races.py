"""Many people at one exchange at once: one winner each, the losers get an explanation, nothing is half done."""

from __future__ import annotations

import http.client
import threading
import uuid

from tests.faults.installation import Installation

HANDLERS = ("answerer", "answermate")


def rush(installation: Installation, number: str, action: str, fields: dict[str, str], people: int) -> list[int]:
    """Everybody takes the action at the same moment; the answers' status codes."""
    gate, codes = threading.Barrier(people), []

    def take(person: str) -> None:
        gate.wait()
        sent = {**fields, "key": uuid.uuid4().hex, "do": "submit", "seen": "2"}
        try:
            codes.append(installation.request("POST", f"/requests/{number}/{action}/", person, sent).status)
        except (OSError, http.client.HTTPException):
            codes.append(0)

    threads = [threading.Thread(target=take, args=(HANDLERS[n % 2],)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def test_of_many_who_accept_at_once_one_wins(installation: Installation) -> None:
    installation.prepare(requests=8)
    installation.start_web()
    for number in installation.numbers:
        codes = rush(installation, number, "accept", {"f-drawn": "days", "f-days": "9"}, people=8)
        assert sum(code in (302, 303) for code in codes) == 1, codes
        assert all(code in (302, 303, 409, 403) for code in codes), codes
    assert set(installation.ask("events_named('accept')").values()) == {1}  # type: ignore[attr-defined]
    assert installation.ask("faults()") == []


def test_the_same_form_sent_five_times_has_one_effect(installation: Installation) -> None:
    installation.prepare(requests=3)
    installation.start_web()
    for number in installation.numbers:
        key, gate, codes = uuid.uuid4().hex, threading.Barrier(5), []

        def send(
            number: str = number, key: str = key, gate: threading.Barrier = gate, codes: list[int] = codes
        ) -> None:
            gate.wait()
            fields = {"f-drawn": "text", "f-text": "once", "key": key, "do": "submit"}
            codes.append(installation.request("POST", f"/requests/{number}/message/", "asker", fields).status)

        threads = [threading.Thread(target=send) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(codes) <= {302, 303}, codes
    assert installation.ask("messages()") == {"once": 3}
