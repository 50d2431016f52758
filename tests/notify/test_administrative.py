"""Mails about administrative acts: each once, in the reader's language, with no secret but the one link."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from imi.accounts.models import User
from imi.administration import access, admissions
from imi.administration.models import Admission, Dispatch
from imi.administration.reasons import Refused
from imi.notify import administrative, post
from imi.notify.models import OutgoingMail
from tests.administration.conftest import Country, country, ground  # noqa: F401 - fixtures
from tests.administration.country import CRAFTS, NOW, submitted, who

pytestmark = pytest.mark.django_db


def mails() -> list[OutgoingMail]:
    """The mails made since the last call."""
    before = set(OutgoingMail.objects.values_list("pk", flat=True))
    while administrative.post_administrative_mail(NOW):
        pass
    return list(OutgoingMail.objects.exclude(pk__in=before).order_by("pk"))


def invited(country: Country) -> Admission:  # noqa: F811
    mails()
    return admissions.invite(who(country.national), "office@guild.example", "bg", [CRAFTS], NOW)


def test_the_link_is_made_when_the_mail_is_sent_and_lies_nowhere(country: Country) -> None:  # noqa: F811
    admission = invited(country)
    [mail] = mails()
    assert (mail.recipient, mail.language) == ("office@guild.example", "bg")
    admission.refresh_from_db()
    assert admission.token_digest is None
    sent = str(post.compose(mail).get_content())
    token = re.search(r"/join/(\S+)", sent)
    assert token is not None
    mail.refresh_from_db()
    assert token[1] not in mail.body
    admissions.redeem(token[1])


def test_a_mail_that_is_sent_again_carries_a_new_link_and_the_old_one_is_over(country: Country) -> None:  # noqa: F811
    invited(country)
    [mail] = mails()
    first, second = (re.search(r"/join/(\S+)", str(post.compose(mail).get_content())) for _time in range(2))
    assert first is not None
    assert second is not None
    with pytest.raises(Refused):
        admissions.redeem(first[1])
    admissions.redeem(second[1])


def test_no_link_goes_out_once_the_admission_has_moved_on(country: Country) -> None:  # noqa: F811
    admission = invited(country)
    [mail] = mails()
    admissions.withdraw(who(country.national), admission.pk, NOW)
    with pytest.raises(ValueError, match="moved on"):
        post.compose(mail)


def test_what_people_type_makes_no_link(country: Country) -> None:  # noqa: F811
    victim = invited(country)
    forged = f"\ue010{victim.pk}\ue011"
    other = admissions.invite(who(country.national), "evil@else.example", "bg", [CRAFTS], NOW)
    name = {"name": f"Служба {forged}"}
    submitted(other, authority=name, contact={"email": "evil@else.example"})
    admissions.refuse(who(country.national), other.pk, f"Не {forged}", NOW)
    mails()
    refusal = OutgoingMail.objects.get(recipient="evil@else.example", subject__contains="IMI", body__contains="Не ")
    assert "/join/" not in str(post.compose(refusal).get_content())


def test_each_is_told_in_the_own_language_and_once(country: Country) -> None:  # noqa: F811
    User.objects.filter(pk=country.national.pk).update(language="hu")
    admission = submitted(invited(country))
    told = {(mail.recipient, mail.language) for mail in mails()}
    assert told == {("office@guild.example", "bg"), (country.national.email, "hu")}
    assert mails() == []
    admissions.validate(who(country.national), admission.pk, {CRAFTS: (country.of("crafts").pk,)}, now=NOW)
    recipients = [mail.recipient for mail in mails()]
    assert sorted(recipients) == ["maria@crafts-plovdiv.example", "office@guild.example"]


def test_who_wants_no_mail_gets_none(country: Country) -> None:  # noqa: F811
    mails()
    User.objects.filter(pk=country.masters.pk).update(mail_choice=User.Mail.NONE)
    access.suspend(who(country.national), country.of("masters").pk, CRAFTS, "x", NOW)
    assert mails() == []


def test_administrators_of_a_deactivated_authority_are_told(country: Country) -> None:  # noqa: F811
    mails()
    access.deactivate(who(country.national), country.of("masters").pk, "x", NOW)
    [mail] = mails()
    assert mail.recipient == country.masters.email
    assert country.of("masters").name in mail.body


@pytest.mark.parametrize("kind", sorted(administrative._WORDS))
def test_every_letter_can_be_written(country: Country, kind: str) -> None:  # noqa: F811
    admission = invited(country)
    told = Dispatch(kind=kind, to="applicant", admission=admission, about=country.of("masters"), area_id=CRAFTS)
    letter = administrative.letter_of(told, "lt")
    assert "%(" not in letter.subject + letter.body
    with override("en"):
        assert administrative.letter_of(told, "en").subject.startswith("IMI: ")
