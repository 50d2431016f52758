"""Does the jobs, one after the other, in the one thread that holds the models."""

from __future__ import annotations

import logging

from django.utils import timezone

from imi.translation import engines, jobs
from imi.translation.engine import Engine, Route, Untranslatable
from imi.translation.models import Job

log = logging.getLogger("imi.worker")


class Translating:
    """Engines with their models, kept from job to job; made and used in one thread."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def one(self) -> bool:
        """Do the next job that is due; False if there is none."""
        job = jobs.claim(timezone.now())
        if job is None:
            return False
        try:
            result = self._translated(job)
        except Untranslatable as why:
            log.info("not_translated", extra={"job": job.pk, "why": why.code})
            jobs.fail(job, why.code, timezone.now())
        else:
            jobs.finish(job, result, timezone.now())
        return True

    def all(self) -> int:
        """Do what is due; how many jobs."""
        done = 0
        while self.one():
            done += 1
        return done

    def _translated(self, job: Job) -> str:
        """Translate by the engine that was asked, if it would still do it with the same models."""
        route = Route(job.engine, job.version, job.source, job.target, job.via)
        if job.engine not in self._engines:
            self._engines = {one.name: one for one in engines.installed()}
        engine = self._engines.get(job.engine)
        if engine is None or engine.route(job.source, job.target) != route:
            raise Untranslatable("unsupported_pair")
        return engine.translate(job.text, route)
