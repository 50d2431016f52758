"""People link identities from outside with their users, and remove the links: recorded, and told by mail.

Nobody does it for somebody else. A new temporary password takes all links away (:mod:`imi.accounts.credentials`): it
is the cure when somebody may have got hold of what a person signs in with.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imi.accounts.models import OutsideIdentity, User
from imi.accounts.openid import links
from imi.accounts.openid.flow import Identity
from imi.accounts.openid.providers import Provider
from imi.accounts.queries import Standing
from imi.administration import reasons
from imi.administration.acts import Author, record
from imi.administration.reasons import Reason, Refused

OTHER_COUNTRY = Reason("other_country", _("This service is not offered to the authorities of your country."))
ONE_EACH = Reason("one_each", _("Your user is linked with another identity of this service. Remove that link first."))
LINKED_ALREADY = Reason("linked_already", _("This identity cannot be linked: it belongs to another user."))


@transaction.atomic
def link(who: Standing, provider: Provider, identity: Identity, now: datetime | None = None) -> None:
    """Link an identity that a provider has proved with the user of ``who``.

    Raises:
        Refused: the provider does not serve the country, or the user or the identity is linked already.
    """
    at = now or timezone.now()
    if not provider.serves(who.country):
        raise Refused(OTHER_COUNTRY)
    person = User.objects.get(pk=who.user_id)
    try:
        links.make(person, identity, at)
    except links.Taken as taken:
        own = OutsideIdentity.objects.filter(user=person, issuer=identity.issuer).exists()
        raise Refused(ONE_EACH if own else LINKED_ALREADY) from taken
    _note("user.identity_linked", who, provider.id, at)


@transaction.atomic
def unlink(who: Standing, link_id: int, service: str, but_session: str, now: datetime | None = None) -> None:
    """Take a link of ``who`` away, and end the sessions that were opened with it.

    Args:
        service: what the service is called in the record.
        but_session: digest of the session in which it is done; it goes on.

    Raises:
        Refused: ``who`` has no such link.
    """
    at = now or timezone.now()
    found = OutsideIdentity.objects.select_related("user").filter(pk=link_id, user=who.user_id).first()
    if found is None:
        raise Refused(reasons.NOT_FOUND)
    links.remove(found.user, [found], at)
    links.end_sessions_of(found, but=but_session)
    _note("user.identity_unlinked", who, service, at)


def _note(kind: str, who: Standing, service: str, at: datetime) -> None:
    details = {"service": service}
    record(kind, Author.of(who), authority=who.authority_id, user=who.user_id, details=details, now=at)
