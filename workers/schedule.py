"""The one table of periodic jobs. A job is harmless when run twice, and none of them holds the truth."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from workers.queues import BULK, LETTERS, NOW


@dataclass(frozen=True)
class Job:
    """`task` every so often, on the worker that reads `queue`."""

    task: str
    every: timedelta | crontab
    queue: str


# What finds what a nudge missed; SWEEP_SECONDS sets their pace.
REPAIRS = ("workers.sweep.sweep", "workers.confirmations.answer")
JOBS = (
    Job("workers.sweep.sweep", timedelta(seconds=10), NOW),
    Job("workers.confirmations.answer", timedelta(seconds=10), NOW),
    Job("workers.counts.count", timedelta(seconds=5), LETTERS),
    Job("workers.counts.recount", crontab(hour="3", minute="10"), LETTERS),
    Job("workers.restores.mark", timedelta(seconds=10), LETTERS),
    Job("workers.letters.release", timedelta(seconds=10), LETTERS),
    Job("workers.letters.count", timedelta(seconds=10), LETTERS),
    Job("workers.letters.cancel_of_ended_pages", timedelta(minutes=5), LETTERS),
    Job("workers.letters.tell", timedelta(seconds=10), LETTERS),
    Job("workers.answers.ask", timedelta(minutes=10), LETTERS),
    Job("workers.pages.open_due", timedelta(seconds=30), LETTERS),
    Job("workers.mailings.start", timedelta(seconds=10), LETTERS),
    Job("workers.mailings.settle", timedelta(seconds=5), LETTERS),
    Job("workers.mailings.count", timedelta(seconds=3), LETTERS),
    Job("workers.confirmations.remind_and_expire", timedelta(minutes=10), LETTERS),
    Job("workers.handovers.sweep", timedelta(seconds=30), BULK),
    Job("workers.links.check", timedelta(seconds=30), LETTERS),
    Job("workers.transfers.sweep", timedelta(seconds=10), LETTERS),
    Job("workers.exports.sweep", timedelta(seconds=10), BULK),
    Job("workers.bundles.sweep", timedelta(seconds=10), BULK),
    Job("workers.retention.forget", crontab(hour="3", minute="40"), LETTERS),
)
TASK_MODULES = (
    "workers.answers",
    "workers.bundles",
    "workers.confirmations",
    "workers.counts",
    "workers.deliver",
    "workers.exports",
    "workers.handovers",
    "workers.letters",
    "workers.links",
    "workers.mailings",
    "workers.pages",
    "workers.restores",
    "workers.retention",
    "workers.sweep",
    "workers.transfers",
)
# A run that nobody has taken by then is dropped: another one is on its way, or the night is over.
EXPIRES = {timedelta: 60, crontab: 3600}
BEAT: dict[str, dict[str, Any]] = {
    job.task: {
        "task": job.task,
        "schedule": job.every,
        "options": {"queue": job.queue, "expires": EXPIRES[type(job.every)]},
    }
    for job in JOBS
}


def paced(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """The table for beat, with the repairs that often."""
    return BEAT | {task: BEAT[task] | {"schedule": timedelta(seconds=sweep_seconds)} for task in REPAIRS}
