"""Numbers for Prometheus, read from the rows at each scrape (O-22). Labels hold lanes, states and the beginnings of
keyed hashes: nothing about a person. They are served on a port of their own (workers/metrics.py), never by the app.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis import RedisError
from sqlalchemy import ColumnElement, func, literal, select

from actions import clock
from actions.deliveries import relays
from actions.deliveries.models import Delivery, DeliveryEvent, DeliveryState, Lane
from actions.extensions import db, redis
from actions.letters.stopping import is_held_back
from actions.mailings.models import Mailing, MailingState
from actions.supporters.models import Supporter

S = DeliveryState
EXPIRIES = "metrics:lease_expiries"
# A scrape costs no more than counting so many rows; whatever is beyond it is far beyond any alert.
MOST = 100_000
SITES = 10
LABEL_LENGTH = 4
RECENT = timedelta(days=7)


def count_lease_expiries(number: int) -> None:
    """By the sweep. Without Redis they are not counted: the log has them."""
    try:
        redis.client.incrby(EXPIRIES, number)
    except RedisError:
        return


def collect() -> Iterator[Metric]:
    yield from _queues()
    yield _deferred()
    yield _gauge("clarion_unknown", "Deliveries without a clear answer", ["lane"], _by_lane(S.UNKNOWN, unended=True))
    yield _events()
    yield _lease_expiries()
    yield _troubles()
    yield _mailings()


def _queues() -> Iterator[Metric]:
    now = clock.now()
    oldest = {lane: _oldest_due(lane, now) for lane in Lane}
    ages = [([lane.value], (now - due).total_seconds() if due else 0.0) for lane, due in oldest.items()]
    yield _gauge("clarion_queue_age_seconds", "Since when the oldest due delivery waits", ["lane"], ages)
    yield _gauge("clarion_queue_waiting", f"Queued deliveries, counted up to {MOST}", ["lane"], _by_lane(S.QUEUED))


def _oldest_due(lane: Lane, now: datetime) -> datetime | None:
    """What a person has paused waits for that person, and a letter for its office to open, not for us."""
    moving = select(Mailing.id).where(Mailing.state == MailingState.SENDING)
    goes = Delivery.mailing_id.is_(None) | Delivery.mailing_id.in_(moving)
    if lane is Lane.LETTERS:
        goes &= ~is_held_back(literal(now))
    due = select(Delivery.due_at).where(Delivery.lane == lane, Delivery.state == S.QUEUED, Delivery.due_at <= now, goes)
    return db.session.scalar(due.order_by(Delivery.due_at).limit(1))


def _by_lane(state: DeliveryState, *, unended: bool = False) -> list[tuple[list[str], float]]:
    return [([lane.value], float(_count(Delivery.lane == lane, _is(state, unended=unended)))) for lane in Lane]


def _is(state: DeliveryState, *, unended: bool) -> ColumnElement[bool]:
    return (Delivery.state == state) & Delivery.ended_at.is_(None) if unended else Delivery.state == state


def _count(*conditions: ColumnElement[bool]) -> int:
    rows = select(Delivery.id).where(*conditions).limit(MOST).subquery()
    return db.session.scalars(select(func.count()).select_from(rows)).one()


def _deferred() -> Metric:
    rows = select(Delivery.supporter_id).where(Delivery.state == S.DEFERRED).limit(MOST).subquery()
    counted = (
        select(Supporter.site_hash, func.count())
        .select_from(rows)
        .join(Supporter, Supporter.id == rows.c.supporter_id, isouter=True)
        .group_by(Supporter.site_hash)
        .order_by(func.count().desc(), Supporter.site_hash)
    )
    found = [(site[:LABEL_LENGTH].hex() if site else "none", number) for site, number in db.session.execute(counted)]
    samples = [([label], float(number)) for label, number in found[:SITES]]
    rest = float(sum(number for _, number in found[SITES:]))
    return _gauge("clarion_deferred", "Put off, by destination site", ["site"], [*samples, (["other"], rest)])


def _events() -> Metric:
    """Of all who got a mailing in the last week: which share bounced or complained in it."""
    since = clock.now() - RECENT
    audience = db.session.scalars(select(func.sum(Mailing.audience)).where(Mailing.launched_at >= since)).one()
    counted = (
        select(DeliveryEvent.kind, func.count())
        .join(Delivery, Delivery.id == DeliveryEvent.delivery_id)
        .where(DeliveryEvent.at >= since, Delivery.mailing_id.is_not(None))
        .group_by(DeliveryEvent.kind)
    )
    numbers: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    shares = [
        ([kind], numbers.get(kind, 0) / float(audience) if audience else 0.0) for kind in ("bounced", "complained")
    ]
    return _gauge("clarion_event_ratio", "Share of a week's mail that came back", ["kind"], shares)


def _lease_expiries() -> Metric:
    try:
        found = redis.client.get(EXPIRIES)
    except RedisError:
        found = None
    metric = CounterMetricFamily("clarion_lease_expiries", "Deliveries whose worker died or stalled")
    metric.add_metric([], float(found) if isinstance(found, bytes) else 0.0)
    return metric


def _troubles() -> Metric:
    samples = [([trouble.relay, trouble.trouble], 1.0) for trouble in relays.troubles()]
    return _gauge("clarion_relay_trouble", "1 while a relay takes no mail", ["relay", "trouble"], samples)


def _mailings() -> Metric:
    """Few are under way at a time; those that have ended are not counted."""
    under_way = [MailingState.SENDING, MailingState.PAUSED]
    counted = select(Mailing.state, Mailing.held_because, func.count()).where(Mailing.state.in_(under_way))
    rows = db.session.execute(counted.group_by(Mailing.state, Mailing.held_because))
    samples = [([state.value, because.value if because else ""], float(number)) for state, because, number in rows]
    return _gauge("clarion_mailings", "Mailings under way", ["state", "held_because"], samples)


def _gauge(name: str, what: str, labels: Sequence[str], samples: Sequence[tuple[list[str], Any]]) -> Metric:
    metric = GaugeMetricFamily(name, what, labels=labels)
    for values, number in samples:
        metric.add_metric(values, number)
    return metric
