"""Jobs of translation: asked for, claimed by lease, finished or given up; each a conditional update."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db.models import QuerySet

from imi.translation.engine import Route
from imi.translation.models import Job

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
"""A text that ends the process three times is given up."""

KEPT = timedelta(days=30)


def digest_of(text: str) -> str:
    """What names a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def ask(text: str, route: Route, now: datetime) -> Job:
    """Have a text translated, unless it is or is about to be; what had failed is tried anew."""
    job, made = Job.objects.get_or_create(
        digest=digest_of(text),
        source=route.source,
        target=route.target,
        engine=route.engine,
        version=route.version,
        defaults={"text": text, "via": route.via, "made_at": now, "due_at": now},
    )
    if not made and job.state == Job.State.FAILED:
        again = {"state": Job.State.QUEUED, "error": "", "attempts": 0, "due_at": now}
        Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(**again)
        job.refresh_from_db()
    return job


def due(now: datetime) -> QuerySet[Job]:
    """The jobs that wait, longest first."""
    return Job.objects.filter(state=Job.State.QUEUED, due_at__lte=now).order_by("due_at", "pk")


def claim(now: datetime) -> Job | None:
    """Take the next job; nobody else gets it before the lease is over. A killed process gives it back so."""
    for job in due(now)[:20]:
        free = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, attempts=job.attempts, due_at=job.due_at)
        if job.attempts >= MOST_ATTEMPTS:
            free.update(state=Job.State.FAILED, error="crashed", done_at=now)
        elif free.update(attempts=job.attempts + 1, due_at=now + LEASE):
            job.attempts += 1
            return job
    return None


def finish(job: Job, result: str, now: datetime) -> None:
    """Store a translation."""
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(state=Job.State.DONE, result=result, done_at=now)


def fail(job: Job, error: str, now: datetime) -> None:
    """Say that a text gets no translation, and why."""
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(state=Job.State.FAILED, error=error, done_at=now)


def forget(now: datetime, most: int = 500) -> int:
    """Forget old jobs and their texts; how many."""
    old = Job.objects.filter(made_at__lt=now - KEPT).exclude(state=Job.State.QUEUED).order_by("made_at")
    return Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]
