"""What coordinators do beside the exchanges, in amounts as in life: without it their pages would be measured empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import product

from bench.data import SENTENCES, Authority, World
from imi.administration.models import Admission
from imi.directory.models import Register
from imi.helpdesk.models import Answer
from imi.notify.models import MailProblem
from imi.outreach.models import Event, Material, MaterialText, NewsItem, NewsText

EACH = range(8)
"""So many news, events, materials, answers and open registrations each coordinator has."""
REGISTERS, MARKED = 20, 200
"""Every authority of so many keeps a register that nobody has reviewed; the mail of every so many comes back."""


def load(world: World) -> None:
    """Fill the database with it, around the world's day; the authorities and the users are there."""
    now = datetime.combine(world.today, time(9), UTC)
    hosts = [one for one in world.authorities if one.coordinates]
    _offerings(hosts, now)
    Answer.objects.bulk_create(
        Answer(
            coordinator_id=host.id, language="en", title=f"Question {number}", text=SENTENCES[1],
            by_user_id=host.first_user + 1, changed_at=now,
        )
        for host, number in product(hosts, EACH)
    )  # fmt: skip
    Admission.objects.bulk_create(
        Admission(
            route="public", state="submitted", country_id=host.country, coordinator_id=host.id,
            email=f"new{number}@{host.id}.example", language="en", name=f"New office {number}", made_at=now,
            submitted_at=now - timedelta(days=number), expires_at=now + timedelta(days=30),
        )
        for host, number in product(hosts, EACH)
    )  # fmt: skip
    Register.objects.bulk_create(
        Register(authority_id=one.id, url=f"https://{one.id}.example/register", kind="profession")
        for one in world.authorities[::REGISTERS]
    )
    MailProblem.objects.bulk_create(
        MailProblem(
            address=f"office@{one.id}.example", reason="no_mailbox", counted_from=now, last_at=now, marked_at=now
        )
        for one in world.authorities[::MARKED]
    )


def _offerings(hosts: list[Authority], now: datetime) -> None:
    """News, events and materials of each coordinator, over the days before and after."""
    news = NewsItem.objects.bulk_create(
        NewsItem(host_id=host.id, made_at=now, published=True, from_on=(now - timedelta(days=3 * number)).date())
        for host, number in product(hosts, EACH)
    )
    NewsText.objects.bulk_create(
        NewsText(item=item, lang="en", title=f"News {item.pk}", body=SENTENCES[0]) for item in news
    )
    Event.objects.bulk_create(_events(hosts, now))
    materials = Material.objects.bulk_create(
        Material(host_id=host.id, made_at=now, kind="link", reviewed_on=now.date())
        for host, _number in product(hosts, EACH)
    )
    MaterialText.objects.bulk_create(
        MaterialText(material=one, lang="en", title=f"Material {one.pk}", url=f"https://example.org/{one.pk}")
        for one in materials
    )


def _events(hosts: list[Authority], now: datetime) -> Iterator[Event]:
    for host, number in product(hosts, EACH):
        starts = now + timedelta(days=7 * number + 1)
        yield Event(
            host_id=host.id, made_at=now, uid=f"{host.index:016x}{number:016x}", kind="training", state="published",
            language="en", title=f"Training {number}", text=SENTENCES[3], starts_at=starts,
            ends_at=starts + timedelta(hours=2), timezone="UTC", online_url="https://example.org/room", places=30,
            register_until=starts - timedelta(days=1), changed_at=now,
        )  # fmt: skip
