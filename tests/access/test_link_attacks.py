"""Links to registrations that strangers try, or that somebody uses a second time (S-12, S-31)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from imi.administration import admissions
from imi.administration.models import Admission
from imi.directory.actions import load_authorities
from imi.directory.models import Authority
from tests.access.conftest import Stage, text_of
from tests.access.test_sign_in_attacks import _same
from tests.exchanges.conftest import AREA, _authority

pytestmark = pytest.mark.django_db


def test_links_that_do_not_work_are_alike(stage: Stage) -> None:
    """One that nobody gave out, one that was used, one that was replaced and one whose invitation was taken back."""
    load_authorities([_authority("hu-nat", "HU", "coordinator")])
    Authority.objects.filter(pk="hu-nat").update(kind="national_coordinator", coordinator_kind="nimic")
    now, links = timezone.now(), ["x" * 43]
    for number in range(3):
        admissions.request("HU", f"office{number}@new.example", "en", [AREA], "192.0.2.7", now)
        admission = Admission.objects.get(email=f"office{number}@new.example")
        token = admissions.mint_link(admission.pk, now)
        assert token
        links.append(token)
        match number:
            case 0:
                admissions.redeem(token, now)
            case 1:
                admissions.mint_link(admission.pk, now)
            case _:
                Admission.objects.filter(pk=admission.pk).update(state="withdrawn")
    seen = {
        (
            method,
            answer.status_code,
            _same(text_of(answer)).replace(link, "LINK"),
            tuple(sorted(set(answer.headers) - {"X-Request-ID"})),
        )
        for link in links
        for method in ("get", "post")
        for answer in [getattr(Client(), method)(f"/join/{link}")]
    }
    assert {(method, status) for method, status, *_rest in seen} == {("get", 410), ("post", 410)}
    assert len(seen) == 2, "reading and pressing look the same for each"
