"""Access to training: asked from the own coordinator, decided once, told to the person without a user name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.accounts.models import RoleGrant, User
from imi.administration.models import Act
from imi.administration.reasons import Refused
from imi.directory.models import Authority
from imi.notify import outreach
from imi.notify.models import OutgoingMail
from imi.outreach import training_access
from imi.outreach.models import TrainingRequest
from imi.web.help.queries import ASKED, taken
from tests.administration.country import NOW, who
from tests.outreach.conftest import Country
from tests.outreach.offers import another_authority, told
from tests.outreach.test_pages import browser, page, send

pytestmark = pytest.mark.django_db


def asked(country: Country, **others: Any) -> int:
    given = {"person_id": country.masters.pk, "coordinator_id": country.of("crafts").pk, **others}
    return training_access.ask(who(country.masters), from_on=NOW.date(), why="Нов колега съм.", now=NOW, **given).pk


def refusal(act: Any, *given: Any, **others: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*given, **others)
    return caught.value.reason.code


def test_the_own_coordinators_may_be_asked(country: Country) -> None:
    names = [one.pk for one in training_access.coordinators_of(who(country.masters))]
    assert names == [country.of("crafts").pk, country.of("national").pk]
    assert refusal(asked, country, coordinator_id=country.of("abroad").pk) == "not_your_coordinator"
    assert refusal(asked, country, person_id=country.crafts.pk) == "not_colleague"


def test_asking_tells_the_coordinator_and_happens_once(country: Country) -> None:
    asked(country)
    assert told(country.crafts) == ["training_asked"]
    assert told(country.national) == []
    assert refusal(asked, country) == "open_already"
    assert ASKED in taken(who(country.masters))


def test_giving_tells_the_person_where_the_copy_is(country: Country, settings: Any) -> None:
    settings.IMI_TRAINING, settings.IMI_TRAINING_URL = False, "https://training.example"
    one = asked(country)
    assert refusal(training_access.give, who(country.national), one) == "not_found"
    training_access.give(who(country.crafts), one, NOW)
    assert refusal(training_access.refuse, who(country.crafts), one, "Не.") == "ended"
    outreach.post_notes(NOW)
    mail = OutgoingMail.objects.get(recipient=country.masters.email)
    assert "https://training.example" in mail.body
    assert User.objects.get(pk=country.masters.pk).username not in mail.body
    assert Act.objects.filter(kind="training.given", user=country.masters, by_user=country.crafts).exists()


def test_the_training_copy_says_that_it_is_one(country: Country, settings: Any) -> None:
    settings.IMI_TRAINING, settings.IMI_URL = True, "https://copy.example"
    User.objects.filter(pk=country.masters.pk).update(language="en")
    training_access.give(who(country.crafts), asked(country), NOW)
    outreach.post_notes(NOW)
    assert (
        "This installation is itself the training copy"
        in OutgoingMail.objects.get(recipient=country.masters.email).body
    )


def test_refusing_needs_a_reason_that_is_told(country: Country) -> None:
    one = asked(country)
    assert refusal(training_access.refuse, who(country.crafts), one, " ") == "needs_reason"
    training_access.refuse(who(country.crafts), one, "Имате вече достъп.", NOW)
    outreach.post_notes(NOW)
    assert "Имате вече достъп." in OutgoingMail.objects.get(recipient=country.masters.email).body
    assert ASKED not in taken(who(country.masters))
    asked(country)


def test_one_mail_a_day_is_one_mail(country: Country) -> None:
    User.objects.filter(pk=country.crafts.pk).update(mail_choice="daily")
    one = asked(country)
    training_access.refuse(who(country.crafts), one, "Още не.", NOW)
    asked(country)
    outreach.post_notes(NOW)
    assert not OutgoingMail.objects.filter(recipient=country.crafts.email).exists()
    outreach.post_notes(NOW + timedelta(days=1))
    assert OutgoingMail.objects.filter(recipient=country.crafts.email).count() == 1


# --- unasked ---------------------------------------------------------------------------------------------------------


def unasked(country: Country, giver: str = "crafts", person: str = "masters", why: str = "") -> TrainingRequest:
    return training_access.give_unasked(who(getattr(country, giver)), getattr(country, person).pk, why, NOW)


def test_a_coordinator_gives_access_unasked_and_the_person_is_told(country: Country, settings: Any) -> None:
    settings.IMI_TRAINING, settings.IMI_TRAINING_URL = False, "https://training.example"
    given = unasked(country, why="Обучение в понеделник.")
    assert (given.state, given.asked_by, given.from_on) == ("given", None, NOW.date())
    assert told(country.masters) == ["training_given"]
    assert told(country.crafts) == []
    outreach.post_notes(NOW)
    mail = OutgoingMail.objects.get(recipient=country.masters.email)
    assert "https://training.example" in mail.body
    assert "Обучение в понеделник." in mail.body
    assert User.objects.get(pk=country.masters.pk).username not in mail.body
    act = Act.objects.get(kind="training.given", user=country.masters, by_user=country.crafts)
    assert act.details == {"reason": "Обучение в понеделник.", "unasked": True}
    assert ASKED in taken(who(country.masters))


def test_only_to_people_of_the_authorities_that_one_coordinates(country: Country) -> None:
    assert unasked(country, "crafts", "crafts").state == "given", "a colleague"
    assert unasked(country, "national").state == "given"
    for giver, person, code in (
        ("crafts", "national", "not_your_person"),
        ("crafts", "abroad", "not_your_person"),
        ("abroad", "masters", "not_your_person"),
        ("masters", "masters", "no_coordinator"),
    ):
        assert refusal(unasked, country, giver, person) == code
    RoleGrant.objects.filter(user=country.crafts, role__in=["approver", "data_administrator"]).delete()
    assert refusal(unasked, country) == "no_coordinating_role"
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    assert refusal(unasked, country, "national", "masters") == "not_your_person"


def test_nobody_has_the_same_access_twice(country: Country) -> None:
    unasked(country)
    assert refusal(unasked, country) == "has_access"
    assert refusal(asked, country) == "has_access"
    asked(country, coordinator_id=country.of("national").pk)


def test_an_open_request_is_answered_by_it(country: Country) -> None:
    one = asked(country)
    assert unasked(country).pk == one
    assert TrainingRequest.objects.get().state == "given"
    assert TrainingRequest.objects.get().asked_by == country.masters


def test_who_has_left_since_asking_gets_none_and_the_request_can_be_refused(country: Country) -> None:
    one = asked(country)
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    assert refusal(training_access.give, who(country.crafts), one, NOW) == "gone"
    answer = browser(country.crafts).post(f"/training-access/{one}/give")
    assert answer.status_code == 403
    assert "not a user of IMI any more" in answer.text
    assert TrainingRequest.objects.get().state == "open"
    User.objects.filter(pk=country.masters.pk).update(is_active=True)
    Authority.objects.filter(pk=country.masters.authority_id).update(active=False)
    assert refusal(training_access.give, who(country.crafts), one, NOW) == "inactive"
    training_access.refuse(who(country.crafts), one, "Left.", NOW)
    assert TrainingRequest.objects.get().state == "refused"


def test_access_is_withdrawn_with_a_reason_that_is_told(country: Country) -> None:
    given = unasked(country)
    assert refusal(training_access.withdraw, who(country.crafts), given.pk, " ") == "needs_reason"
    assert refusal(training_access.withdraw, who(country.national), given.pk, "Не.") == "not_found"
    training_access.withdraw(who(country.crafts), given.pk, "Курсът свърши.", NOW)
    assert refusal(training_access.withdraw, who(country.crafts), given.pk, "Пак.") == "not_given"
    outreach.post_notes(NOW)
    mails = OutgoingMail.objects.filter(recipient=country.masters.email)
    assert any("Курсът свърши." in mail.body for mail in mails)
    assert told(country.masters) == ["training_given", "training_ended"]
    assert Act.objects.get(kind="training.withdrawn").details == {"reason": "Курсът свърши."}
    assert ASKED not in taken(who(country.masters))
    assert unasked(country).state == "given", "and may be given again"


def test_what_is_open_cannot_be_withdrawn(country: Country) -> None:
    assert refusal(training_access.withdraw, who(country.crafts), asked(country), "Не.") == "not_given"


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_coordinator_finds_a_person_and_gives_access(country: Country) -> None:
    name = country.masters.family_name
    shown = page(country.crafts, "/training-access/people/", text=name.lower())
    address = f"/training-access/people/{country.masters.pk}/give"
    assert address in shown
    assert f"/training-access/people/{country.national.pk}/give" not in shown
    assert "Nobody found" in page(country.crafts, "/training-access/people/", text="no-such-name")
    asking = page(country.crafts, address)
    assert "never mailed" in asking
    assert not TrainingRequest.objects.exists(), "asked first"
    done = send(country.crafts, address, why="Курс.")
    assert "the person is told" in done
    given = TrainingRequest.objects.get()
    assert "(unasked)" in page(country.crafts, f"/training-access/{given.pk}/")
    assert "Курс." in page(country.masters, "/training-access/")
    assert address not in page(country.crafts, "/training-access/people/", text=name.lower())
    assert "has access to training already" in send(country.crafts, address, why="")


def test_withdrawing_asks_first_and_needs_a_reason(country: Country) -> None:
    given = unasked(country)
    address = f"/training-access/{given.pk}/withdraw"
    assert address in page(country.crafts, f"/training-access/{given.pk}/")
    page(country.crafts, address)
    answer = send(country.crafts, address, reason="")
    assert "ecl-notification--error" in answer or "error" in answer
    assert TrainingRequest.objects.get().state == "given"
    send(country.crafts, address, reason="Край.")
    assert TrainingRequest.objects.get().state == "withdrawn"
    assert "Край." in page(country.masters, "/training-access/")


def test_who_does_not_coordinate_finds_nobody(country: Country) -> None:
    page(country.masters, "/training-access/people/", 403)
    page(country.masters, f"/training-access/people/{country.masters.pk}/give", 403)
    page(country.crafts, f"/training-access/people/{country.abroad.pk}/give", 404)


def test_the_people_take_a_fixed_number_of_queries(country: Country) -> None:
    client = browser(country.national)
    client.get("/training-access/people/")
    with CaptureQueriesContext(connection) as few:
        client.get("/training-access/people/")
    for number in range(5):
        another_authority(country.national, country.of("crafts").pk, f"Нов {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/training-access/people/")
    assert len(many) == len(few)
