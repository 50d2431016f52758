"""Notes down who is to be told by mail; :mod:`imi.notify.administrative` writes and sends the mails."""

from __future__ import annotations

from datetime import datetime

from imi.administration.models import Admission, Dispatch


def tell_applicant(kind: str, admission: Admission, now: datetime) -> None:
    """Tell the person who registers an authority."""
    Dispatch.objects.create(kind=kind, to=Dispatch.To.APPLICANT, admission=admission, at=now)


def tell_administrators(kind: str, authority: str, now: datetime, area: str | None = None) -> None:
    """Tell the local data administrators of an authority about something done to it."""
    to = Dispatch.To.ADMINISTRATORS
    Dispatch.objects.create(kind=kind, to=to, authority_id=authority, about_id=authority, area_id=area, at=now)


def tell_data_administrators(
    kind: str,
    coordinator: str,
    now: datetime,
    *,
    about: str | None = None,
    area: str | None = None,
    admission: Admission | None = None,
) -> None:
    """Tell the data administrators of a coordinator, in one area or (without) in any."""
    Dispatch.objects.create(
        kind=kind,
        to=Dispatch.To.DATA_ADMINISTRATORS,
        authority_id=coordinator,
        about_id=about,
        area_id=area,
        admission=admission,
        at=now,
    )
