"""The whole way over real HTTP, against a certified provider."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import requests

from tests.openid.site import PASSWORD, OpenIdSite

NOT_LINKED = "/sign-in/not-linked"


def test_an_identity_is_linked_once_by_the_classic_sign_in_and_then_is_enough(openid_site: OpenIdSite) -> None:
    somebody = openid_site.visitor()
    somebody.arrive()
    assert somebody.path == NOT_LINKED
    assert "Anna Sample" in somebody.text
    assert not somebody.is_in
    somebody.follow("Sign in").classic("ana")
    assert somebody.path.startswith("/account/identities/confirm")
    assert "Ana Sousa" in somebody.text
    assert openid_site.tell("links") == []
    somebody.press("/account/identities/confirm", link="1")
    assert "you can sign in with Service one" in somebody.text
    assert openid_site.tell("links") == [["ana", "subject-1"]]
    assert openid_site.tell("acts")[-1] == ["user.identity_linked", "ana", "ana"]
    recipient, subject = openid_site.tell("mails")[-1]
    assert recipient == "ana@pt.example"
    assert "linked" in subject

    for page in ("/administration/changes/mine", "/administration/changes/"):
        assert "Identity of another service was linked" in somebody.open(page).text
        assert "Service one" in somebody.text

    again = openid_site.visitor().open("/account/").follow("Service one").prove()
    assert again.path == "/account/"
    assert again.is_in
    assert "Where you are signed in" in again.text


def test_the_link_is_not_made_unless_the_person_says_so(openid_site: OpenIdSite) -> None:
    somebody = openid_site.visitor().arrive().follow("Sign in").classic("ana")
    somebody.press("/account/identities/confirm")
    assert openid_site.tell("links") == []
    assert somebody.open("/account/identities/confirm").path == "/account/identities/"


def test_weak_proof_is_followed_by_the_code(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    somebody = openid_site.visitor().arrive(acr="urn:weak")
    assert somebody.path == "/sign-in/code"
    assert not somebody.is_in
    somebody.code("x" * 12)
    assert somebody.page.status_code == 422
    assert not somebody.is_in
    somebody.arrive(acr="urn:weak").code()
    assert somebody.is_in


def test_five_wrong_codes_after_a_weak_proof_lock_the_user(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("rui")
    somebody = openid_site.visitor()
    for _ in range(5):
        assert somebody.arrive(acr="urn:weak").code("x" * 12).page.status_code == 422
    assert somebody.arrive(acr="urn:weak").code().page.status_code == 422
    assert not somebody.is_in


def test_somebody_who_is_in_links_from_the_settings_after_the_password(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana", "one")
    strong = openid_site.visitor().arrive("one")
    assert strong.is_in
    openid_site.tell("age", "ana")
    for path in ("link", "go"):
        assert strong.open(f"/account/identities/two/{path}").path.startswith("/account/security/prove")
    strong.open("/account/identities/").follow("Service two")
    strong.patiently("/account/security/prove", password="wrong")
    assert strong.page.status_code == 422
    strong.patiently("/account/security/prove", password=PASSWORD)
    strong.follow("Continue to Service two").prove("subject-2")
    assert strong.path == "/account/identities/confirm"
    assert "Bela Sample" in strong.text or "subject-2" in strong.text
    strong.press("/account/identities/confirm", link="1")
    assert openid_site.tell("links") == [["ana", "subject-1"], ["ana", "subject-2"]]
    # The same subject at another provider is somebody else.
    assert openid_site.visitor().arrive("two", "subject-1").path == NOT_LINKED
    assert openid_site.visitor().arrive("two", "subject-2").is_in


def test_an_identity_belongs_to_one_user_and_a_user_has_one_of_each_service(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    somebody = openid_site.visitor().arrive(subject="subject-2").follow("Sign in").classic("ana")
    assert "Remove that link first" in somebody.press("/account/identities/confirm", link="1").text
    # While the user is not active the identity is answered as one that nobody has; it stays that user's.
    openid_site.tell("activate", "ana", False)
    other = openid_site.visitor().arrive().follow("Sign in").classic("rui")
    assert "belongs to another user" in other.press("/account/identities/confirm", link="1").text
    assert openid_site.tell("links") == [["ana", "subject-1"]]


def test_an_equal_mail_address_lets_nobody_in(openid_site: OpenIdSite) -> None:
    # The provider says anna@outside.example of subject-1; that is the address of rui.
    somebody = openid_site.visitor().arrive()
    assert somebody.path == NOT_LINKED
    assert not somebody.is_in


def test_nobody_comes_in_after_the_link_is_removed_and_its_sessions_end(openid_site: OpenIdSite) -> None:
    somebody = openid_site.visitor().link("ana")
    by_identity = openid_site.visitor().arrive()
    assert by_identity.is_in
    openid_site.tell("age", "ana")
    somebody.open("/account/identities/").follow("Remove the link")
    somebody.press("/account/security/prove", password=PASSWORD).press("/unlink")
    assert openid_site.tell("links") == []
    assert openid_site.tell("acts")[-1] == ["user.identity_unlinked", "ana", "ana"]
    assert "removed" in openid_site.tell("mails")[-1][1]
    assert somebody.is_in
    assert not by_identity.is_in
    assert openid_site.visitor().arrive().path == NOT_LINKED
    somebody.open("/account/identities/2147483647/unlink")
    assert somebody.page.status_code == 404


def test_nobody_removes_the_link_of_somebody_else(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    other = openid_site.visitor().link("rui", "two", "subject-2")
    own = other.open("/account/identities/").page.text
    assert own.count("/unlink") == 1
    number = int(own.split("/unlink")[0].rsplit("/", 1)[1])
    assert other.open(f"/account/identities/{number - 1}/unlink").page.status_code == 404


def test_a_user_or_an_authority_that_is_not_active_is_answered_as_nobody_is(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    unknown = openid_site.visitor().arrive(subject="subject-2").text
    for what, whom in (("activate", "ana"), ("activate_authority", "pt-one")):
        openid_site.tell(what, whom, False)
        somebody = openid_site.visitor().arrive()
        assert somebody.path == NOT_LINKED
        assert _shape(somebody.text) == _shape(unknown)
        openid_site.tell(what, whom, True)
        assert openid_site.visitor().arrive().is_in


def _shape(text: str) -> str:
    main = text[text.index("<main") : text.index("</main")]
    return main.replace("Anna", "X").replace("Bela", "X")


def test_a_new_temporary_password_takes_links_and_sessions_away(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    by_identity = openid_site.visitor().arrive()
    openid_site.tell("reset", "ana")
    assert openid_site.tell("links") == []
    assert not by_identity.is_in
    assert {"ana@pt.example"} == {recipient for recipient, _subject in openid_site.tell("mails")}
    assert len(openid_site.tell("mails")) == 3  # linked, unlinked, the temporary password


def test_what_was_sent_back_once_is_good_once_and_in_one_browser(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    somebody = openid_site.visitor().open("/sign-in").follow("Service one").prove()
    back = next(one.headers["Location"] for one in somebody.page.history if "/back?" in one.headers["Location"])
    assert somebody.is_in
    somebody.open(back)
    assert "Service one did not confirm who you are" in somebody.text
    assert somebody.is_in  # still, by what was good before
    assert openid_site.tell("sessions", "ana") == 2
    thief = openid_site.visitor()
    assert thief.open(back).page.status_code == 422
    assert not thief.is_in
    # A code that was used already does not come in under a state of one's own.
    code = parse_qs(urlsplit(back).query)["code"][0]
    thief.open("/sign-in")
    asked = thief.cookies.get(f"{openid_site.url}/sign-in/with/one", allow_redirects=False).headers["Location"]
    state, issuer = parse_qs(urlsplit(asked).query)["state"][0], openid_site.providers["one"].issuer
    thief.open(f"/sign-in/with/one/back?code={code}&state={state}&iss={issuer}")
    assert thief.page.status_code in (422, 503)
    assert not thief.is_in


def test_of_two_answers_at_one_moment_one_comes_in(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    somebody = openid_site.visitor().open("/sign-in").follow("Service one")
    page = somebody.press("/interaction/", login="subject-1", acr="urn:strong", do="in", follow=False).page
    while "/back?" not in page.headers["Location"]:
        page = somebody.cookies.get(page.headers["Location"], allow_redirects=False)
    back, cookies = page.headers["Location"], somebody.cookies.cookies.get_dict()
    statuses: list[int] = []

    def call() -> None:
        statuses.append(requests.get(back, cookies=cookies, allow_redirects=False, timeout=30).status_code)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(statuses) == [302] + [422] * 7
    assert openid_site.tell("sessions", "ana") == 2


def test_one_provider_cannot_answer_for_another(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana", "two", "subject-1")
    somebody = openid_site.visitor().open("/sign-in").follow("Service one")
    page = somebody.press("/interaction/", login="subject-1", acr="urn:strong", do="in", follow=False).page
    while "/back?" not in page.headers["Location"]:
        page = somebody.cookies.get(page.headers["Location"], allow_redirects=False)
    back, two = page.headers["Location"], openid_site.providers["two"].issuer
    for wrong in (
        back.replace("/with/one/", "/with/two/"),
        back.replace("localhost%3A" + str(openid_site.providers["one"].port), two.removeprefix("http://")),
    ):
        fresh = openid_site.visitor()
        fresh.cookies.cookies.update(somebody.cookies.cookies)
        assert wrong != back
        assert fresh.open(wrong).page.status_code == 422
        assert not fresh.is_in


def test_declining_leads_back_to_the_sign_in_page(openid_site: OpenIdSite) -> None:
    somebody = openid_site.visitor().open("/sign-in").follow("Service one").prove(do="no")
    assert somebody.page.status_code == 422
    assert "Service one did not confirm who you are" in somebody.text


def test_signing_out_at_the_provider_ends_the_session_here(openid_site: OpenIdSite) -> None:
    classic = openid_site.visitor().link("ana")
    classic.open("/sign-in")
    first, second = (openid_site.visitor().arrive() for _ in range(2))
    assert (first.is_in, second.is_in) == (True, True)
    # There, not here: the provider then tells this installation behind the browser's back.
    end = f"{openid_site.providers['one'].issuer}/session/end?client_id=imi"
    first.open(end)
    first.press("/session/end", logout="yes")
    assert not first.is_in
    assert second.is_in  # another session of the same person there
    assert classic.is_in


def test_a_provider_that_names_no_session_ends_all_of_the_subject(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana", "two")
    first, second = (openid_site.visitor().arrive("two") for _ in range(2))
    first.open(f"{openid_site.providers['two'].issuer}/session/end?client_id=imi")
    first.press("/session/end", logout="yes")
    assert (first.is_in, second.is_in) == (False, False)


def test_signing_out_here_offers_to_sign_out_there(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    somebody = openid_site.visitor().arrive()
    somebody.open("/").press("/sign-out")
    assert "At Service one you may still be signed in" in somebody.text
    somebody.follow("Sign out there too").press("/session/end", logout="yes")
    assert somebody.path == "/sign-in?signed_out=1"
    assert "You are signed out." in somebody.text


def test_new_keys_of_a_provider_are_found(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    provider = openid_site.providers["one"]
    provider.stop()
    somebody = openid_site.visitor().open("/sign-in")
    provider.start()
    assert somebody.arrive().is_in


def test_a_service_that_is_silent_keeps_nobody_from_signing_in(openid_site: OpenIdSite) -> None:
    silent = openid_site.visitor()
    assert silent.open("/sign-in/with/elsewhere").page.status_code == 503
    assert "does not answer at the moment" in silent.text
    assert silent.classic("ana").is_in


def test_no_address_leads_out_of_the_site(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana")
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        somebody = openid_site.visitor()
        somebody.cookies.get(f"{openid_site.url}/sign-in/with/one", params={"next": wanted}, allow_redirects=True)
        somebody.open(f"/sign-in/with/one?next={wanted}").prove()
        assert somebody.path == "/"
        assert somebody.is_in
