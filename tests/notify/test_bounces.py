"""Mail that comes back: what counts, what does not, whom it is told, and how it is over again."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.utils import timezone

from imi.accounts.models import AccountMail, User
from imi.administration.models import Act, Dispatch, Throttle
from imi.administration.reasons import Refused
from imi.directory.models import Authority
from imi.notify import bounces, chores, post, probes, problems, reports
from imi.notify.models import MailProblem, OutgoingMail
from imi.notify.reports import Report, Verdict
from tests.administration.conftest import Country, country, ground  # noqa: F401 - fixtures
from tests.administration.country import who

pytestmark = pytest.mark.django_db
REPORTS = Path(__file__).parent / "reports"
RETURN = "bounce@mail.imi.example"


@pytest.fixture(autouse=True)
def return_address(settings: Any) -> None:
    settings.IMI_BOUNCE_ADDRESS = RETURN


def mail_to(address: str, **more: Any) -> OutgoingMail:
    now = timezone.now()
    given = {"language": "en", "subject": "IMI: something waits", "body": "Something waits.", "made_at": now} | more
    return OutgoingMail.objects.create(
        key=f"k{OutgoingMail.objects.count()}", recipient=address, due_at=given["made_at"], **given
    )


def sample(name: str, mail: OutgoingMail, address: str = "") -> bytes:
    text = (REPORTS / f"{name}.eml").read_text()
    for mark, value in (
        ("@RETURN@", address or bounces.return_address(mail.pk, timezone.now())),
        ("@MESSAGE_ID@", f"{mail.key}@imi.example"),
        ("@RECIPIENT@", mail.recipient),
    ):
        text = text.replace(mark, value)
    return text.encode()


def returned(name: str, mail: OutgoingMail) -> Verdict:
    return bounces.take(sample(name, mail), bounces.return_address(mail.pk, timezone.now()))


# --- what reports say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("postfix-unknown-user", Verdict.DEAD, "no_mailbox"),
        ("exchange-unknown-user", Verdict.DEAD, "no_mailbox"),
        ("exim-unknown-user", Verdict.DEAD, "no_mailbox"),
        ("exim-old-in-words", Verdict.DEAD, "no_mailbox"),
        ("qmail-in-words", Verdict.DEAD, "no_mailbox"),
        ("postfix-mailbox-full", Verdict.LOST, "full"),
        ("postfix-delayed", Verdict.NOTHING, None),
        ("postfix-delivered", Verdict.ARRIVED, None),
        ("holiday-notice", Verdict.NOTHING, None),
    ],
)
def test_what_common_mail_servers_write(name: str, verdict: Verdict, reason: str | None) -> None:
    mail = mail_to("someone@recipient.example")
    found = reports.read(sample(name, mail), f"{mail.key}@imi.example")
    assert found.verdict is verdict
    assert reason is None or found.reason == reason


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("5.1.1", Verdict.DEAD),
        ("5.2.1", Verdict.DEAD),
        ("5.4.4", Verdict.DEAD),
        ("5.0.0", Verdict.DEAD),
        ("5.2.2", Verdict.LOST),
        ("5.7.1", Verdict.LOST),
        ("4.4.7", Verdict.LOST),
        ("5.1.8", Verdict.NOTHING),  # our address, not theirs
        ("5.3.4", Verdict.NOTHING),  # this mail is too large
        ("5.6.1", Verdict.NOTHING),
        ("2.0.0", Verdict.NOTHING),
    ],
)
def test_what_a_status_means_for_an_address(status: str, verdict: Verdict) -> None:
    assert reports.judge(status).verdict is verdict


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00" * 1000,
        b"Content-Type: multipart/report; boundary=x\n\n" + b"--x\n" * 5000,
        b"Content-Type: message/delivery-status\n\nStatus: 5.1.1",
        b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: \xc3\x28.1.1\n",
        b"From: mailer-daemon@x\nContent-Type: text/plain; charset=none-such\n\n550",
        b"Content-Type: multipart/mixed; boundary=" + b"a" * 100_000 + b"\n\n",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)),
    ],
)
def test_malformed_reports_do_no_harm(raw: bytes) -> None:
    mail = mail_to("someone@recipient.example")
    bounces.take(raw, bounces.return_address(mail.pk, timezone.now()))
    assert not MailProblem.objects.filter(marked_at__isnull=False, reason="full").exists()


# --- only what we sent, and each mail once ---------------------------------------------------------------------------


def test_nobody_makes_an_address_look_dead_without_our_token(country: Country) -> None:  # noqa: F811
    now = timezone.now()
    mail, other = mail_to(country.masters.email), mail_to(country.national.email)
    good = bounces.return_address(mail.pk, now)
    token = good.split("+")[1].split("@")[0]
    forged = [
        RETURN,
        good.replace(f"+{mail.pk}-", f"+{other.pk}-"),
        good.replace(token, token[:-1] + ("a" if token[-1] != "a" else "b")),
        good.replace("mail.imi.example", "elsewhere.example"),
        bounces.return_address(mail.pk, now - timedelta(days=30)),
        "bounce+" + "9" * 60 + "-1-" + "a" * 26 + "@mail.imi.example",
        "",
    ]
    for address in forged:
        assert bounces.take(sample("postfix-unknown-user", mail, address), address) is Verdict.NOTHING
    assert not MailProblem.objects.exists()
    assert bounces.mail_of(good.upper(), now) == mail.pk, "some servers change the case"
    assert len(good.split("@")[0]) <= 64, "RFC 5321, 4.5.3.1.1"


def test_a_dead_address_is_marked_recorded_and_told(country: Country) -> None:  # noqa: F811
    Dispatch.objects.all().delete()
    mail = mail_to(country.masters.email)
    assert returned("postfix-unknown-user", mail) is Verdict.DEAD
    problem = problems.of_address(country.masters.email.upper())
    assert problem is not None
    assert (problem.reason, problem.status) == ("no_mailbox", "5.1.1")
    act = Act.objects.get(kind="mail.undeliverable")
    assert (act.source, act.user_id, act.authority_id) == ("system", country.masters.pk, country.masters.authority_id)
    assert country.masters.email not in str(act.details)
    told = set(Dispatch.objects.values_list("kind", "to", "authority"))
    assert told == {
        ("mail_undeliverable", "administrators", country.masters.authority_id),
        ("mail_undeliverable", "data_administrators", country.national.authority_id),
    }


def test_the_same_report_counts_once(country: Country) -> None:  # noqa: F811
    mail = mail_to(country.masters.email)
    for _time in range(5):
        returned("postfix-mailbox-full", mail)
    assert MailProblem.objects.get().failures == 1
    assert problems.of_address(country.masters.email) is None


def test_a_full_mailbox_is_the_end_only_after_several_mails(country: Country) -> None:  # noqa: F811
    for number in range(bounces.MOST_LOST):
        assert problems.of_address(country.masters.email) is None, number
        returned("postfix-mailbox-full", mail_to(country.masters.email))
    problem = problems.of_address(country.masters.email)
    assert problem is not None
    assert problem.reason == "full"


def test_full_mailboxes_of_last_year_count_no_more(country: Country) -> None:  # noqa: F811
    for _time in range(bounces.MOST_LOST - 1):
        returned("postfix-mailbox-full", mail_to(country.masters.email))
    MailProblem.objects.update(counted_from=timezone.now() - timedelta(days=300))
    returned("postfix-mailbox-full", mail_to(country.masters.email))
    assert problems.of_address(country.masters.email) is None


def test_delays_and_holiday_notices_change_nothing(country: Country) -> None:  # noqa: F811
    for name in ("postfix-delayed", "holiday-notice", "postfix-delivered"):
        returned(name, mail_to(country.masters.email))
    assert not MailProblem.objects.exists()


# --- while it is so, and how it ends ---------------------------------------------------------------------------------


def dead(user: User) -> None:
    returned("postfix-unknown-user", mail_to(user.email, sent_at=timezone.now()))


def test_a_corrected_address_has_the_problem_no_longer(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    User.objects.filter(pk=country.masters.pk).update(email="new@crafts.example")
    assert problems.listed(who(country.masters))[0] == []
    assert problems.of_address("new@crafts.example") is None


def test_who_sees_which_problems(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    Authority.objects.filter(pk=country.masters.authority_id).update(email="Office@crafts.example")
    returned("postfix-unknown-user", mail_to("office@crafts.example"))
    for user in (country.masters, country.national):
        found, more = problems.listed(who(user))
        assert {one.address for one in found} == {country.masters.email, "Office@crafts.example"}
        assert not more
    for user in (country.abroad, country.crafts):
        assert problems.listed(who(user)) == ([], False), "neither its own nor validated by it"
    User.objects.filter(pk=country.masters.pk).update(is_administrator=False)
    assert [one.user for one in problems.listed(who(country.national))[0]] == [None], "its administrators help users"
    assert problems.listed(who(country.masters)) == ([], False)


def test_the_list_is_paged_in_as_many_queries(
    country: Country,  # noqa: F811
    django_assert_num_queries: Any,
) -> None:
    dead(country.masters)
    Authority.objects.filter(pk=country.masters.authority_id).update(email="office@crafts.example")
    returned("postfix-unknown-user", mail_to("office@crafts.example"))
    standing = who(country.national)
    with django_assert_num_queries(4):
        first, more = problems.listed(standing, 1, size=1)
    second, last = problems.listed(standing, 2, size=1)
    assert (more, last) == (True, False)
    assert first[0].address != second[0].address


def test_a_test_mail_clears_the_mark_once_its_link_is_opened(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    now = timezone.now()
    with pytest.raises(Refused):
        probes.send(who(country.abroad), country.masters.email, now)
    mail = probes.send(who(country.masters), country.masters.email, now)
    link = re.search(r"/mail-arrived/(\S+)", post.compose(mail).get_content())
    assert link is not None
    assert "mail-arrived" not in mail.body
    assert not probes.arrived(link[1] + "x", now)
    assert problems.of_address(country.masters.email) is not None
    assert probes.arrived(link[1], now)
    assert problems.of_address(country.masters.email) is None
    assert Act.objects.filter(kind="mail.arrives", source="applicant").count() == 1
    assert probes.arrived(link[1], now), "a second click says the same"
    assert Act.objects.filter(kind="mail.arrives").count() == 1


def test_a_delivery_report_of_a_test_mail_clears_the_mark_too(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    returned("postfix-delivered", probes.send(who(country.national), country.masters.email, timezone.now()))
    assert problems.of_address(country.masters.email) is None


def test_mails_sent_before_it_was_cleared_count_no_more(country: Country) -> None:  # noqa: F811
    late = mail_to(country.masters.email)
    dead(country.masters)
    bounces.clear(country.masters.email, bounces.SYSTEM, timezone.now())
    returned("postfix-unknown-user", late)
    assert problems.of_address(country.masters.email) is None


def test_test_mails_are_few(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    Throttle.objects.all().delete()
    for _time in range(probes.A_DAY):
        probes.send(who(country.masters), country.masters.email, timezone.now())
    with pytest.raises(Refused):
        probes.send(who(country.masters), country.masters.email, timezone.now())


# --- a real mail server ----------------------------------------------------------------------------------------------


class Refusing:
    """Refuses recipients as its ``answer`` says, takes the rest and remembers their envelopes."""

    def __init__(self) -> None:
        self.answer: dict[str, str] = {}
        self.taken: list[tuple[str, str]] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.answer:
            return self.answer[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken += [(envelope.mail_from, one) for one in envelope.rcpt_tos]
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    handler = Refusing()
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield SimpleNamespace(handler=handler, port=controller.port)
    controller.stop()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("550 5.1.1 User unknown", "no_mailbox"),
        ("550 no such user", "no_mailbox"),
        ("552 5.2.2 Mailbox full", None),
        ("554 5.7.1 Relay access denied", None),
        ("450 4.2.0 Try again", None),
    ],
)
def test_what_our_own_server_refuses(
    country: Country,  # noqa: F811
    server: SimpleNamespace,
    answer: str,
    reason: str | None,
) -> None:
    server.handler.answer[country.masters.email] = answer
    mail_to(country.masters.email)
    mail_to(country.national.email)
    assert post.send_due("127.0.0.1", server.port) == 1
    problem = problems.of_address(country.masters.email)
    assert (problem and problem.reason) == reason


def test_a_server_that_may_not_relay_marks_nobody(country: Country, server: SimpleNamespace) -> None:  # noqa: F811
    server.handler.answer[country.masters.email] = "554 5.7.1 Relay access denied"
    for _time in range(bounces.MOST_LOST + 2):
        mail_to(country.masters.email)
    post.send_due("127.0.0.1", server.port)
    assert not MailProblem.objects.exists()


def test_mails_leave_under_an_address_of_their_own(country: Country, server: SimpleNamespace) -> None:  # noqa: F811
    mail = mail_to(country.masters.email)
    post.send_due("127.0.0.1", server.port)
    [(sender, _recipient)] = server.handler.taken
    assert bounces.mail_of(sender, timezone.now()) == mail.pk


def test_a_dead_address_gets_only_test_and_account_mails(
    country: Country,  # noqa: F811
    server: SimpleNamespace,
) -> None:
    dead(country.masters)
    ordinary = mail_to(country.masters.email)
    told = AccountMail.objects.create(kind="locked", user=country.masters, at=timezone.now())
    mail_to(country.masters.email, account_mail=told)
    probes.send(who(country.masters), country.masters.email, timezone.now())
    OutgoingMail.objects.filter(key="k0").update(sent_at=timezone.now())
    assert post.send_due("127.0.0.1", server.port) == 2
    ordinary.refresh_from_db()
    assert ordinary.failed_at is not None
    assert "withheld" in ordinary.error


def test_an_invitation_to_an_address_that_is_nobodys_goes_out(
    country: Country,  # noqa: F811
    server: SimpleNamespace,
) -> None:
    returned("postfix-unknown-user", mail_to("office@guild.example", sent_at=timezone.now()))
    mail_to("office@guild.example")
    assert post.send_due("127.0.0.1", server.port) == 1
    assert bounces.forget_old(timezone.now() + timedelta(days=400)) == 1, "a mark that nobody could clear"


# --- the ways in -----------------------------------------------------------------------------------------------------


def test_the_command_takes_a_report_from_a_pipe(
    country: Country,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail = mail_to(country.masters.email)
    for raw, expected in ((b"nonsense", False), (sample("exim-unknown-user", mail), True)):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        call_command("take_bounce")
        assert (problems.of_address(country.masters.email) is not None) is expected


def test_the_worker_listens_only_where_it_is_told_to(settings: Any) -> None:
    chores._servers.pop("bounces", None)
    assert chores.listen_for_bounces(timezone.now()) == 0
    assert "bounces" not in chores._servers
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.IMI_BOUNCE_HOST, settings.IMI_BOUNCE_PORT = taken.getsockname()
        assert chores.listen_for_bounces(timezone.now()) == 0, "another worker has it; the other chores go on"
    assert "bounces" not in chores._servers


def test_old_counts_are_forgotten_but_no_mark(country: Country) -> None:  # noqa: F811
    dead(country.masters)
    bounces.apply(mail_to("x@y.example"), Report(Verdict.LOST), timezone.now())
    assert bounces.forget_old(timezone.now() + timedelta(days=400)) == 1
    assert problems.of_address(country.masters.email) is not None
