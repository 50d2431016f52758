"""Access to training: asked from the own coordinator, decided once, told to the person without a user name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imi.accounts.models import User
from imi.administration.models import Act
from imi.administration.reasons import Refused
from imi.notify import outreach
from imi.notify.models import OutgoingMail
from imi.outreach import training_access
from imi.web.help.queries import ASKED, taken
from tests.administration.country import NOW, who
from tests.outreach.conftest import Country
from tests.outreach.offers import told

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
