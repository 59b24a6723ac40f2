"""What a campaigner wants to know in the morning: what runs, what is stuck, and what people did since yesterday."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from actions import clock
from actions.deliveries import relays
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.lists.models import Subscription
from actions.mailings import progress
from actions.mailings.models import Mailing, MailingState
from actions.mailings.summing import shown_tally
from actions.pages.models import ACTING, Page, PageCount, PageState
from actions.supporters.models import Supporter

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# A page is near its last day from here on.
NEAR = timedelta(days=14)
MOVING = (MailingState.PREPARING, MailingState.SENDING, MailingState.PAUSED, MailingState.SCHEDULED)


@dataclass(frozen=True)
class Trend:
    """Of the last 24 hours, and of a usual day of the week before."""

    label: str
    today: int
    usual: float


@dataclass(frozen=True)
class FirstStep:
    label: str
    hint: str
    url: str
    is_done: bool


def moving_mailings() -> list[progress.Progress]:
    found = db.session.scalars(select(Mailing).where(Mailing.state.in_(MOVING)).order_by(Mailing.id.desc()))
    return [progress.status(mailing, shown_tally(mailing)) for mailing in found]


def stuck_relays() -> list[str]:
    return [relays.sentence(trouble) for trouble in relays.troubles()]


def letters_waiting_for_somebody() -> dict[LetterState, int]:
    """Held: a person or the writer must decide. Unknown: nobody can tell whether they arrived."""
    counted = (
        select(Letter.state, func.count())
        .where(Letter.state.in_([LetterState.HELD, LetterState.UNKNOWN]))
        .group_by(Letter.state)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}


def pages_near_their_date() -> Sequence[Page]:
    now = clock.now()
    wanted = select(Page).where(Page.state.in_(ACTING), Page.action_until > now, Page.action_until < now + NEAR)
    return db.session.scalars(wanted.order_by(Page.action_until)).all()


def trends() -> list[Trend]:
    return [
        _trend("joined the list", Subscription.joined_at),
        _trend_of_acts("signed", "signature"),
        _trend_of_acts("wrote a letter", "letter"),
    ]


def first_steps() -> list[FirstStep]:
    """For an installation that has done nothing yet; empty once all is done."""
    has_page = db.session.scalar(select(Page.id).where(Page.state != PageState.DRAFT).limit(1)) is not None
    has_people = db.session.scalar(select(Supporter.id).limit(1)) is not None
    has_mailed = db.session.scalar(select(Mailing.id).where(Mailing.launched_at.is_not(None)).limit(1)) is not None
    steps = [
        FirstStep("Publish a page", "Say what happened and what people can do about it.", "/desk/pages", has_page),
        FirstStep(
            "Bring your people",
            "Import the list that you have, with the proof of their consent.",
            "/desk/people/imports",
            has_people,
        ),
        FirstStep(
            "Send an alert",
            "Tell them about the page; one press in the mail is enough to act.",
            "/desk/mailings",
            has_mailed,
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _trend(label: str, moment: InstrumentedAttribute[datetime | None]) -> Trend:
    now = clock.now()
    counted = select(func.count().filter(moment > now - DAY), func.count().filter(moment <= now - DAY)).where(
        moment > now - DAY - WEEK
    )
    today, before = db.session.execute(counted).one()
    return Trend(label, today, before / WEEK.days)


def _trend_of_acts(label: str, kind: str) -> Trend:
    """From the journal that counting keeps, to the hour: the acts themselves are millions."""
    now = clock.now()
    counted = select(
        func.coalesce(func.sum(PageCount.count).filter(PageCount.hour > now - DAY), 0),
        func.coalesce(func.sum(PageCount.count).filter(PageCount.hour <= now - DAY), 0),
    ).where(PageCount.kind == kind, PageCount.hour > now - DAY - WEEK)
    today, before = db.session.execute(counted).one()
    return Trend(label, int(today), float(before) / WEEK.days)
