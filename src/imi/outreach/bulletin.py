"""News of a coordinator, and newsletters made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.models import Authority
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Declined, Issue, IssueText, NewsItem, NewsText, Note
from imi.outreach.words import filled

Texts = Mapping[str, tuple[str, str]]
"""Title and body by language."""


@dataclass(frozen=True, slots=True)
class Shown:
    """When and to whom a piece of news is shown; without ``areas`` in all areas."""

    from_on: date
    until_on: date | None = None
    areas: tuple[str, ...] = ()
    abroad: bool = False


@transaction.atomic
def write_news(
    who: Standing, shown: Shown, texts: Texts, item_id: int | None = None, now: datetime | None = None
) -> NewsItem:
    """Write a piece of news, or change one; it is shown once it is published.

    Args:
        shown: when and to whom.
        texts: in each language in which there is one.
        item_id: what is changed; None for something new.

    Raises:
        Refused: ``who`` may not in these areas.
        Invalid: there is no text, or the last day comes first.
    """
    now = now or timezone.now()
    demand(rights.to_offer(mandate(who), shown.areas))
    if shown.until_on is not None and shown.until_on < shown.from_on:
        raise Invalid({"until_on": [str(reasons.UNTIL_FIRST)]})
    kept = filled(texts)
    if item_id is None:
        item = NewsItem(host_id=who.authority_id, made_by_id=who.user_id, made_at=now)
    else:
        item = _own_item(who, item_id)
    item.from_on, item.until_on, item.abroad = shown.from_on, shown.until_on, shown.abroad
    item.save()
    item.areas.set(reach.areas_of(shown.areas))
    item.texts.all().delete()
    NewsText.objects.bulk_create(NewsText(item=item, lang=lang, title=t, body=b) for lang, (t, b) in kept.items())
    return item


@transaction.atomic
def show_news(who: Standing, item_id: int, published: bool, now: datetime | None = None) -> None:
    """Publish a piece of news, or take it back.

    Raises:
        Refused: ``who`` may not.
    """
    item = _own_item(who, item_id)
    if item.published == published:
        return
    item.published = published
    item.save(update_fields=["published"])
    kind = "news.published" if published else "news.withdrawn"
    title = item.texts.order_by("lang").values_list("title", flat=True).first()
    record(kind, Author.of(who), authority=item.host_id, details={"after": title or ""}, now=now)


def _own_item(who: Standing, item_id: int) -> NewsItem:
    item = NewsItem.objects.select_for_update().filter(pk=item_id, host=who.authority_id).first()
    if item is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_change(mandate(who), item.host_id, item.areas.values_list("pk", flat=True)))
    return item


# --- newsletters -----------------------------------------------------------------------------------------------------


@transaction.atomic
def write_issue(
    who: Standing,
    items: Collection[int],
    texts: Texts,
    areas: Iterable[str] = (),
    issue_id: int | None = None,
    now: datetime | None = None,
) -> Issue:
    """Compose a newsletter of published news, or change one that has not been sent.

    Args:
        items: the news, of the own authority.
        texts: subject and introduction in each language in which there is one.
        areas: only to authorities with these areas.
        issue_id: what is changed; None for something new.

    Raises:
        Refused: ``who`` may not, the news are not the authority's, or it was sent already.
        Invalid: there is no subject.
    """
    now = now or timezone.now()
    wanted = tuple(areas)
    demand(rights.to_offer(mandate(who), wanted))
    kept, chosen = filled(texts), set(items)
    own = NewsItem.objects.filter(host=who.authority_id, published=True, pk__in=chosen)
    if not chosen or own.count() != len(chosen):
        raise Refused(reasons.NO_ITEMS)
    if issue_id is None:
        issue = Issue.objects.create(host_id=who.authority_id, made_by_id=who.user_id, made_at=now)
    else:
        issue = _unsent(who, issue_id)
    issue.areas.set(reach.areas_of(wanted))
    issue.items.set(chosen)
    issue.texts.all().delete()
    IssueText.objects.bulk_create(IssueText(issue=issue, lang=lang, title=t, body=b) for lang, (t, b) in kept.items())
    return issue


@transaction.atomic
def send_issue(who: Standing, issue_id: int, now: datetime | None = None) -> int:
    """Send a newsletter to everybody who takes it: a row for each, from which the worker makes the mails.

    Returns:
        To how many.

    Raises:
        Refused: ``who`` may not, it was sent already, all of its news were taken back, or nobody takes it.
    """
    now = now or timezone.now()
    issue = _unsent(who, issue_id)
    if not issue.items.filter(published=True).exists():
        raise Refused(reasons.NO_ITEMS)
    takers = subscribers(issue.host, issue.areas.values_list("pk", flat=True))
    told = notes.tell(takers, Note.Kind.NEWSLETTER, f"issue:{issue.pk}", now, issue=issue)
    if not told:
        raise Refused(reasons.NOBODY)
    # A newsletter is chosen by itself: it does not wait for the daily mail.
    Note.objects.filter(issue=issue, due_at__isnull=False).update(due_at=now)
    issue.sent_at = now
    issue.save(update_fields=["sent_at"])
    subject = issue.texts.order_by("lang").values_list("title", flat=True).first()
    details = {"after": subject, "readers": told}
    record("newsletter.sent", Author.of(who), authority=issue.host_id, details=details, now=now)
    return told


def subscribers(host: Authority, areas: Iterable[str]) -> QuerySet[User]:
    """Who takes the newsletter of a coordinator: people of its authorities and its own who want mail and have not
    declined."""
    declined = Declined.objects.filter(user=OuterRef("pk"))
    reached = reach.people_of(reach.authorities_of(host, list(areas)))
    own = User.objects.filter(is_active=True, authority=host.pk)
    return (reached | own).exclude(mail_choice=User.Mail.NONE).exclude(Exists(declined))


def _unsent(who: Standing, issue_id: int) -> Issue:
    issue = Issue.objects.select_for_update().filter(pk=issue_id, host=who.authority_id).first()
    if issue is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_change(mandate(who), issue.host_id, issue.areas.values_list("pk", flat=True)))
    if issue.sent_at is not None:
        raise Refused(reasons.SENT)
    return issue


def choose_newsletters(user_id: int, wanted: bool) -> None:
    """Keep whether somebody wants newsletters."""
    if wanted:
        Declined.objects.filter(user=user_id).delete()
    else:
        Declined.objects.get_or_create(user_id=user_id)


def takes_newsletters(user_id: int) -> bool:
    """Whether somebody wants newsletters; one query."""
    return not Declined.objects.filter(user=user_id).exists()
