"""Routes B and C: authorities that register themselves by a mailed link."""

from __future__ import annotations

from datetime import timedelta

import pytest

from imi.accounts.models import RoleGrant, User
from imi.administration import admissions, registering
from imi.administration.models import Act, Admission, Dispatch
from imi.administration.reasons import Invalid, Refused
from imi.directory.models import Access, Authority, AuthorityRegion, AuthorityText
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, STEPS, fill_in, open_form, submitted, who

pytestmark = pytest.mark.django_db
STATES = Admission.State.values


def invited(country: Country, email: str = "office@crafts-plovdiv.example") -> Admission:
    return admissions.invite(who(country.national), email, "bg", [CRAFTS], NOW)


def asked(email: str = "office@crafts-plovdiv.example", address: str = "192.0.2.7") -> Admission:
    admissions.request("BG", email, "bg", [CRAFTS], address, NOW)
    return Admission.objects.get(email=email)


def refused_by(act: object, *args: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*args)  # type: ignore[operator]
    return refused.value.reason.code


# --- the way in ------------------------------------------------------------------------------------------------------


def test_an_invited_authority_registers_itself_and_is_validated(country: Country) -> None:
    admission = submitted(invited(country))
    assert admission.state == "submitted"
    made = admissions.validate(who(country.national), admission.pk, {CRAFTS: (country.of("crafts").pk,)}, now=NOW)
    authority = Authority.objects.get(pk=made.authority.pk)
    assert (authority.name, authority.city, authority.postcode) == ("Служба за занаятите Пловдив", "Пловдив", "4000")
    assert authority.validator_id == country.of("national").pk
    assert list(AuthorityRegion.objects.filter(authority=authority).values_list("code", flat=True)) == ["BG421"]
    assert AuthorityText.objects.get(authority=authority).lang == "bg"
    assert Access.objects.get(authority=authority).coordinator_id == country.of("national").pk
    assert (made.user.is_administrator, made.user.email) == (True, "maria@crafts-plovdiv.example")
    assert set(RoleGrant.objects.filter(user=made.user).values_list("role", flat=True)) == {
        "basic",
        "handler",
        "allocator",
    }
    assert [act.kind for act in Act.objects.filter(admission=admission).order_by("pk")] == [
        "admission.invited",
        "admission.opened",
        "admission.submitted",
        "admission.validated",
    ]


def test_whoever_asks_confirms_the_address_and_the_national_coordinator_decides(country: Country) -> None:
    admission = asked()
    assert (admission.state, admission.coordinator_id) == ("invited", country.of("national").pk)
    submitted(admission)
    told = Dispatch.objects.filter(admission=admission).order_by("pk").values_list("kind", "to")
    assert list(told) == [("confirm_address", "applicant"), ("submitted", "data_administrators")]
    made = admissions.validate(who(country.national), admission.pk, {}, now=NOW)
    assert made.authority.active


def test_what_is_refused_has_a_reason_and_forgets_the_person(country: Country) -> None:
    admission = submitted(invited(country))
    assert refused_by(admissions.refuse, who(country.national), admission.pk, "  ") == "needs_reason"
    admissions.refuse(who(country.national), admission.pk, "Не е компетентен орган.", NOW)
    admission.refresh_from_db()
    assert (admission.state, admission.data, admission.reason) == ("refused", {}, "Не е компетентен орган.")
    assert Act.objects.get(kind="admission.refused").details["reason"] == admission.reason
    assert not Authority.objects.filter(name=STEPS["authority"]["name"]).exists()


def test_only_its_own_coordinator_and_the_national_one_decide(country: Country) -> None:
    admission = submitted(invited(country))
    assert refused_by(admissions.validate, who(country.crafts), admission.pk, {}) == "not_validator"
    assert refused_by(admissions.refuse, who(country.masters), admission.pk, "x") == "not_validator"
    assert refused_by(admissions.refuse, who(country.abroad), admission.pk, "x") == "other_country"
    own = submitted(
        admissions.invite(who(country.crafts), "other@guild.example", "bg", [CRAFTS], NOW),
        person={"email": "x@guild.example"},
    )
    admissions.refuse(who(country.national), own.pk, "Вече има такъв.", NOW)


def test_a_coordinator_gives_access_only_where_it_may(country: Country) -> None:
    admission = submitted(admissions.invite(who(country.crafts), "other@guild.example", "bg", [CRAFTS], NOW))
    areas = {SCHOOLS: (country.of("national").pk,)}
    assert refused_by(admissions.validate, who(country.crafts), admission.pk, areas) == "no_coordinator"
    admission.refresh_from_db()
    assert admission.state == "submitted"


def test_who_does_not_register_authorities_does_not_invite(country: Country) -> None:
    assert refused_by(admissions.invite, who(country.masters), "a@b.example", "bg", []) == "no_coordinator"
    with pytest.raises(Invalid) as invalid:
        admissions.invite(who(country.national), "nobody", "xx", ["nothing"], NOW)
    assert set(invalid.value.errors) == {"email", "language", "areas"}


def test_an_address_has_one_open_registration(country: Country) -> None:
    invited(country)
    assert refused_by(invited, country, "Office@Crafts-Plovdiv.example") == "open_admission"


# --- the link --------------------------------------------------------------------------------------------------------


def test_a_link_works_once(country: Country) -> None:
    admission = invited(country)
    token = admissions.mint_link(admission.pk, NOW)
    assert token
    assert token not in str(Admission.objects.filter(pk=admission.pk).values())
    admissions.redeem(token, NOW)
    assert refused_by(admissions.redeem, token, NOW) == "link_over"


def test_a_new_link_ends_the_one_before_and_its_use_ends_the_key_before(country: Country) -> None:
    admission = invited(country)
    first = admissions.mint_link(admission.pk, NOW)
    second = admissions.mint_link(admission.pk, NOW)
    assert first
    assert second
    assert refused_by(admissions.redeem, first, NOW) == "link_over"
    _opened, key = admissions.redeem(second, NOW)
    open_form(admission)
    assert refused_by(admissions.opened, admission.pk, key, NOW) == "link_over"


def test_a_link_is_good_for_a_limited_time(country: Country) -> None:
    admission = invited(country)
    token = admissions.mint_link(admission.pk, NOW)
    assert token
    assert refused_by(admissions.redeem, token, NOW + admissions.LINK_LASTS) == "link_over"


@pytest.mark.parametrize("key", ["", "x", "0" * 64])
def test_nobody_gets_in_without_the_key(country: Country, key: str) -> None:
    admission = invited(country)
    assert refused_by(admissions.opened, admission.pk, key, NOW) == "link_over"
    open_form(admission)
    assert refused_by(admissions.save_step, admission.pk, key, "person", {}, 1, NOW) == "link_over"
    assert refused_by(admissions.submit, admission.pk, key, NOW) == "link_over"
    assert refused_by(admissions.opened, 0, key, NOW) == "link_over"


def test_the_key_ends_with_the_admission(country: Country) -> None:
    admission = invited(country)
    opened, key = open_form(admission)
    fill_in(opened, key)
    admissions.submit(admission.pk, key, NOW)
    assert admissions.opened(admission.pk, key, NOW).state == "submitted"
    admissions.refuse(who(country.national), admission.pk, "Не.", NOW)
    assert refused_by(admissions.opened, admission.pk, key, NOW) == "link_over"
    assert admissions.mint_link(admission.pk, NOW) is None


def test_the_link_is_mailed_again_so_often_and_no_more(country: Country) -> None:
    admission = invited(country)
    for _time in range(admissions.LINKS_OF_AN_ADMISSION):
        admissions.renew_link(who(country.national), admission.pk, NOW)
    assert refused_by(admissions.renew_link, who(country.national), admission.pk, NOW) == "too_often"
    admissions.renew_link(who(country.national), admission.pk, NOW + timedelta(days=1))
    assert refused_by(admissions.renew_link, who(country.masters), admission.pk, NOW) == "not_validator"


# --- the form --------------------------------------------------------------------------------------------------------


def test_steps_are_kept_also_while_something_is_missing(country: Country) -> None:
    admission, key = open_form(invited(country))
    found = admissions.save_step(admission.pk, key, "contact", {"city": "Пловдив", "email": "no"}, 1, NOW)
    assert set(found) == {"email"}
    kept = admissions.opened(admission.pk, key, NOW)
    assert kept.data["contact"]["city"] == "Пловдив"
    with pytest.raises(Invalid) as invalid:
        admissions.submit(admission.pk, key, NOW)
    assert "authority.name" in invalid.value.errors
    assert kept.state == "invited"


def test_two_people_at_one_form_do_not_overwrite_each_other(country: Country) -> None:
    admission, key = open_form(invited(country))
    admissions.save_step(admission.pk, key, "person", STEPS["person"], 1, NOW)
    assert refused_by(admissions.save_step, admission.pk, key, "person", {}, 1, NOW) == "overtaken"
    assert admissions.opened(admission.pk, key, NOW).data["person"] == STEPS["person"]


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("nothing", {}),
        ("person", {"given_name": "x" * 5000}),
        ("authority", {"regions": ["BG421"] * 301}),
    ],
)
def test_what_no_form_sends_is_refused(country: Country, step: str, typed: dict[str, object]) -> None:
    admission, key = open_form(invited(country))
    with pytest.raises(Invalid):
        admissions.save_step(admission.pk, key, step, typed, 1, NOW)


@pytest.mark.parametrize(
    ("step", "typed", "field"),
    [
        ("authority", {"regions": ["LT011"]}, "regions"),
        ("authority", {"languages": ["xx"]}, "languages"),
        ("authority", {"name": "a\x00"}, None),
        ("contact", {"website": "javascript:alert(1)"}, "website"),
        ("person", {"language": []}, "language"),
    ],
)
def test_malformed_values_are_named(country: Country, step: str, typed: dict[str, object], field: str | None) -> None:
    admission, key = open_form(invited(country))
    found = admissions.save_step(admission.pk, key, step, STEPS[step] | typed, 1, NOW)
    assert set(found) == ({field} if field else set())


def test_whoever_registers_the_same_body_meanwhile_is_shown_the_open_one(country: Country) -> None:
    admission = submitted(invited(country))
    other = submitted(invited(country, "other@elsewhere.example"), contact={"email": "other@elsewhere.example"})
    with pytest.raises(registering.LooksAlike) as alike:
        admissions.validate(who(country.national), other.pk, {}, now=NOW)
    assert [one.id for one in alike.value.found] == [f"admission:{admission.pk}"]


# --- the public request ----------------------------------------------------------------------------------------------


def test_asking_again_mails_a_new_link_and_tells_nothing(country: Country) -> None:
    admission = asked()
    assert asked().pk == admission.pk
    assert Dispatch.objects.filter(admission=admission, kind="confirm_address").count() == 2
    submitted(admission)
    asked()
    assert Dispatch.objects.filter(admission=admission, kind="confirm_address").count() == 2


def test_requests_are_counted_by_address_and_by_network(country: Country) -> None:
    for _time in range(admissions.REQUESTS_OF_AN_ADDRESS):
        asked()
    assert refused_by(asked) == "too_often"
    for number in range(admissions.REQUESTS_OF_A_NETWORK):
        asked(f"office{number}@body.example", "198.51.100.9")
    assert refused_by(asked, "one@more.example", "198.51.100.200") == "too_often"
    asked("one@more.example", "203.0.113.1")
    tomorrow = NOW + timedelta(days=1)
    admissions.request("BG", "two@more.example", "bg", [], "198.51.100.200", tomorrow)


def test_a_country_without_anybody_who_decides_takes_no_requests(country: Country) -> None:
    assert refused_by(admissions.request, "PT", "a@b.example", "pt", [], "192.0.2.1", NOW) == "no_national"


# --- the states ------------------------------------------------------------------------------------------------------


def ways(country: Country, admission: Admission, key: str) -> dict[str, object]:
    chief = who(country.national)
    return {
        "submitted": lambda: admissions.submit(admission.pk, key, NOW),
        "validated": lambda: admissions.validate(chief, admission.pk, {}, now=NOW),
        "refused": lambda: admissions.refuse(chief, admission.pk, "Не.", NOW),
        "withdrawn": lambda: admissions.withdraw(chief, admission.pk, NOW),
        "expired": lambda: admissions.expire(admission.pk, NOW + admissions.INVITATION_LASTS),
    }


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", [state for state in STATES if state != "invited"])
def test_an_admission_moves_only_along_its_arrows(country: Country, before: str, after: str) -> None:
    admission, key = open_form(invited(country))
    fill_in(admission, key)
    if before in {"validated", "refused"}:
        ways(country, admission, key)["submitted"]()  # type: ignore[operator]
    if before != "invited":
        ways(country, admission, key)[before]()  # type: ignore[operator]
    act = ways(country, admission, key)[after]
    if after in admissions.ARROWS[before]:
        act()  # type: ignore[operator]
    elif after == "expired":
        assert act() is False  # type: ignore[operator]
    else:
        assert refused_by(act) in {"wrong_state", "link_over"}
        after = before
    expected = after if after in admissions.ARROWS[before] else before
    assert Admission.objects.get(pk=admission.pk).state == expected


def test_applicants_may_give_up(country: Country) -> None:
    admission, key = open_form(invited(country))
    fill_in(admission, key)
    admissions.give_up(admission.pk, key, NOW)
    admission.refresh_from_db()
    assert (admission.state, admission.data) == ("withdrawn", {})


def test_no_user_is_made_before_the_validation(country: Country) -> None:
    before = User.objects.count()
    admission = submitted(invited(country))
    assert User.objects.count() == before
    admissions.validate(who(country.national), admission.pk, {}, now=NOW)
    assert User.objects.count() == before + 1
