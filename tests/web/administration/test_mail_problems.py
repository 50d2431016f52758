"""Pages about mail that does not arrive: who sees what, and what can be done there."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts.models import User
from imi.directory.models import Authority
from imi.notify import bounces, post, probes, problems
from imi.notify.models import MailProblem, OutgoingMail
from tests.administration.conftest import Country
from tests.administration.country import who
from tests.web.administration.test_authorities import browser, text

pytestmark = pytest.mark.django_db
HERE = "/administration/mail-problems/"


def mark(address: str) -> None:
    now = timezone.now()
    MailProblem.objects.create(
        address=address.lower(), reason="no_mailbox", status="5.1.1", counted_from=now, last_at=now, marked_at=now
    )


def test_the_list_says_whose_address_why_and_what_to_do(country: Country) -> None:
    client = browser(country.masters)
    assert "All addresses take their mail" in text(client.get(HERE))
    mark(country.masters.email)
    page = text(client.get(HERE))
    assert country.masters.email in page
    assert "There is no such mailbox." in page
    assert f"/administration/users/{country.masters.pk}/data" in page
    national = text(browser(country.national).get(HERE))
    assert country.masters.email in national
    assert f"/administration/users/{country.masters.pk}/data" not in national, "it helps, it does not correct"
    assert country.masters.email not in text(browser(country.abroad).get(HERE))


def test_who_looks_after_nothing_gets_no_list(country: Country) -> None:
    User.objects.filter(pk=country.masters.pk).update(is_administrator=False)
    country.masters.grants.filter(role="data_administrator").delete()
    assert browser(country.masters).get(HERE).status_code == 403
    assert Client().get(HERE).status_code == 302


def test_the_person_the_user_and_the_authority_show_it(country: Country) -> None:
    client = browser(country.masters)
    own = country.masters.authority_id
    Authority.objects.filter(pk=own).update(email="office@crafts.example")
    for address in (country.masters.email, "office@crafts.example"):
        mark(address)
    for path, address in (
        ("/", country.masters.email),
        (f"/administration/users/{country.masters.pk}/", country.masters.email),
        ("/administration/authority/", "office@crafts.example"),
    ):
        assert f"Mail to {address} does not arrive" in text(client.get(path)), path
    page = text(browser(country.national).get(f"/administration/authorities/{own}/"))
    assert "Mail to office@crafts.example does not arrive" in page
    assert "does not arrive" not in text(browser(country.national).get("/"))


def test_a_test_mail_from_the_page_and_its_link(country: Country) -> None:
    client = browser(country.masters)
    mark(country.masters.email)
    done = client.post(f"{HERE}test", {"address": country.masters.email, "next": HERE}, follow=True)
    assert "A test mail was sent." in text(done)
    assert done.redirect_chain == [(HERE, 302)]
    mail = OutgoingMail.objects.get(probe=True)
    link = next(word for word in post.compose(mail).get_content().split() if "mail-arrived" in word)
    path = link[link.index("/mail-arrived") :]
    stranger = Client()
    assert "It has arrived" in text(stranger.get(path))
    assert problems.of_address(country.masters.email) is not None, "reading the page changes nothing"
    assert "Mail is sent to this address again." in text(stranger.post(path))
    assert problems.of_address(country.masters.email) is None
    assert Client().get("/mail-arrived/x").status_code == 410
    assert Client().post("/mail-arrived/x").status_code == 410


def test_nobody_sends_test_mails_to_others(country: Country) -> None:
    mark(country.masters.email)
    client = browser(country.abroad)
    for address in (country.masters.email, "anybody@else.example", ""):
        assert client.post(f"{HERE}test", {"address": address}).status_code == 404
    assert not OutgoingMail.objects.filter(probe=True).exists()


def test_too_many_test_mails_are_refused_with_the_reason(country: Country) -> None:
    mark(country.masters.email)
    client = browser(country.masters)
    for _time in range(probes.A_DAY):
        client.post(f"{HERE}test", {"address": country.masters.email})
    answer = client.post(f"{HERE}test", {"address": country.masters.email}, follow=True)
    assert "too often" in text(answer)


def test_the_list_takes_as_many_queries_for_one_as_for_many(country: Country) -> None:
    def taken() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(HERE)
        return len(captured)

    client: Any = browser(country.masters)
    mark(country.masters.email)
    client.get(HERE)
    one = taken()
    for number in range(30):
        address = f"user-{number}@crafts.example"
        User.objects.create(
            username=f"mails{number}",
            email=address,
            given_name="A",
            family_name=f"B{number}",
            authority_id=country.masters.authority_id,
            language="en",
        )
        mark(address)
    assert taken() == one
    assert "?page=2" in text(client.get(HERE))
    assert bounces.clear(country.masters.email, bounces.SYSTEM, timezone.now())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it searches")
def test_nobody_is_gone_through_to_find_whose_address_it_is(country: Country) -> None:
    mark(country.masters.email)
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        asked.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(listen):
        assert problems.listed(who(country.national))[0]
    with connection.cursor() as cursor:
        for sql, values in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            steps = [row[3] for row in cursor.fetchall()]
            assert not [step for step in steps if step.startswith(("SCAN U", "SCAN accounts_user"))], steps


def test_an_address_whose_letters_only_the_database_holds_for_the_same_spoils_no_list(country: Country) -> None:
    """PostgreSQL makes an i of the Turkish İ, Python an i with a dot of its own."""
    Authority.objects.filter(pk=country.masters.authority_id).update(email="İlker@crafts.example")
    User.objects.filter(pk=country.masters.pk).update(email="ilker@crafts.example")
    mark("ilker@crafts.example")
    for reader in (country.national, country.masters):
        page = browser(reader).get(HERE)
        assert page.status_code == 200
        assert "ilker@crafts.example" in text(page)
        assert "İlker@crafts.example" not in text(page), "it is another address"
