import threading
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import text, update

from actions import clock
from actions.actors import OPERATOR
from actions.consents.models import ConsentEvent
from actions.deliveries import kinds
from actions.deliveries.kinds import Kind
from actions.deliveries.models import TERMINAL, TRANSITIONS, Delivery, DeliveryState, Lane
from actions.deliveries.operations import cancel, cancel_of_mailing
from actions.extensions import db
from actions.lists.models import SubscriptionState
from actions.mailings.models import MailingState
from actions.supporters.models import SupporterState
from actions.suppressions.models import Suppression, SuppressionReason
from tests.factories.deliveries import beside, let_leases_lapse, make_delivery, make_mailing, state_of
from tests.factories.engine import claim, expire, follow, on_the_wire, requeue, reserve, settle
from tests.factories.organisation import make_list
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news
from workers.sending import ledger, statements
from workers.sending.ledger import Verdict

S = DeliveryState
LEASE = timedelta(seconds=30)
LATER = timedelta(minutes=5)


@pytest.mark.requirement("O-03", "O-05")
def test_a_claim_takes_what_is_due_in_its_lane_oldest_first(app: Flask) -> None:
    now = clock.now()
    second = make_delivery(due_at=now - timedelta(minutes=1))
    first = make_delivery(due_at=now - timedelta(minutes=2))
    make_delivery(due_at=now + timedelta(minutes=1))
    make_delivery(lane=Lane.BULK)
    assert [row.id for row in claim()] == [first.id, second.id]
    row = state_of(first)
    assert (row.state, row.fence, row.attempts) == (S.CLAIMED, 1, 0)
    assert row.lease_until is not None
    assert row.key_id is not None
    assert claim() == []


def test_a_claim_takes_no_more_than_it_is_told_to(app: Flask) -> None:
    for _ in range(5):
        make_delivery()
    assert [len(claim(most=2)) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.requirement("O-05")
def test_workers_at_the_same_moment_share_the_rows_out(app: Flask) -> None:
    who = make_supporter()
    rows = {make_delivery(who).id for _ in range(60)}
    start = threading.Barrier(4)

    def work() -> list[int]:
        start.wait()
        return [row.id for _ in range(5) for row in claim(most=5)]

    taken = beside(app, work, work, work, work)
    assert sorted(row for share in taken for row in share) == sorted(rows)


@pytest.mark.requirement("O-05")
def test_a_row_that_another_worker_is_taking_is_passed_over(app: Flask) -> None:
    first, second = make_delivery(), make_delivery()
    held = ledger.claim(Lane.NOW, most=1, lease=LEASE, moment=clock.now())
    assert beside(app, lambda: [row.id for row in claim()]) == [[second.id]]
    assert [row.id for row in held] == [first.id]
    db.session.rollback()


def test_has_due_sees_what_a_claim_would_take(app: Flask) -> None:
    assert not ledger.has_due(Lane.NOW, clock.now())
    make_delivery()
    assert ledger.has_due(Lane.NOW, clock.now())
    assert not ledger.has_due(Lane.BULK, clock.now())
    make_delivery(lane=Lane.BULK, mailing_id=make_mailing(state=MailingState.PAUSED).id)
    assert not ledger.has_due(Lane.BULK, clock.now())


@pytest.mark.requirement("O-06", "O-09")
def test_a_row_is_transmitting_before_it_may_go(app: Flask) -> None:
    delivery = make_delivery()
    on_the_wire(delivery)
    row = state_of(delivery)
    assert (row.state, row.attempts) == (S.TRANSMITTING, 1)


@pytest.mark.requirement("O-05")
def test_a_worker_whose_lease_has_lapsed_may_not_send(app: Flask) -> None:
    make_delivery()
    claimed = claim()
    let_leases_lapse()
    assert reserve(claimed) == set()
    assert ledger.extend(claimed, LEASE) == set()


@pytest.mark.requirement("O-05")
def test_a_worker_that_was_stopped_past_its_lease_can_neither_send_nor_say_anything(app: Flask) -> None:
    delivery = make_delivery()
    stopped = claim()
    let_leases_lapse()
    expire()
    (second,) = claim()
    assert reserve(stopped) == set()
    assert ledger.extend(stopped, LEASE) == set()
    assert settle(Verdict(delivery.id, stopped[0].fence, S.FAILED)) == 0
    assert reserve([second]) == {delivery.id}
    assert settle(Verdict(delivery.id, stopped[0].fence, S.FAILED)) == 0
    assert settle(Verdict(delivery.id, second.fence, S.SENT, code=250)) == 1


def test_a_lease_that_stands_can_be_renewed(app: Flask) -> None:
    delivery = make_delivery()
    claimed = claim()
    before = state_of(delivery).lease_until
    assert ledger.extend(claimed, timedelta(minutes=5)) == {delivery.id}
    db.session.commit()
    after = state_of(delivery).lease_until
    assert before is not None
    assert after is not None
    assert after > before + timedelta(minutes=4)


@pytest.mark.requirement("O-14")
def test_a_paused_mailing_keeps_its_place_and_goes_on_where_it_was(app: Flask) -> None:
    mailing_list = make_list()
    mailing = make_mailing(list_id=mailing_list.id)
    delivery = make_delivery(make_subscriber(mailing_list), lane=Lane.BULK, mailing_id=mailing.id)
    claimed = claim(Lane.BULK)
    mailing.state = MailingState.PAUSED
    db.session.commit()
    assert reserve(claimed) == set()
    row = state_of(delivery)
    assert (row.state, row.attempts) == (S.QUEUED, 0)
    assert claim(Lane.BULK) == []
    mailing.state = MailingState.SENDING
    db.session.commit()
    assert reserve(claim(Lane.BULK)) == {delivery.id}


@pytest.mark.requirement("O-14")
@pytest.mark.parametrize("claimed_before", [True, False])
def test_a_cancelled_mailing_sends_nothing_more(app: Flask, *, claimed_before: bool) -> None:
    mailing_list = make_list()
    mailing = make_mailing(list_id=mailing_list.id)
    delivery = make_delivery(make_subscriber(mailing_list), lane=Lane.BULK, mailing_id=mailing.id)
    claimed = claim(Lane.BULK) if claimed_before else []
    mailing.state = MailingState.CANCELLED
    db.session.commit()
    assert reserve(claimed or claim(Lane.BULK)) == set()
    assert state_of(delivery).state is S.CANCELLED


@pytest.mark.requirement("O-04", "B-43", "C-39")
@pytest.mark.parametrize("change", ["left", "suppressed", "erased", "unconfirmed"])
def test_who_no_longer_wants_a_mailing_is_left_out_at_the_last_look(app: Flask, change: str) -> None:
    mailing_list = make_list()
    who = make_subscriber(mailing_list)
    delivery = make_delivery(who, lane=Lane.BULK, mailing_id=make_mailing(list_id=mailing_list.id).id)
    claimed = claim(Lane.BULK)
    if change == "left":
        db.session.execute(text("UPDATE subscriptions SET state = :left"), {"left": SubscriptionState.LEFT.value})
    elif change == "suppressed":
        add_suppression(who.email_hash, SuppressionReason.OBJECTION)
    else:
        who.state = SupporterState(change)
    db.session.commit()
    assert reserve(claimed) == set()
    row = state_of(delivery)
    assert (row.state, row.ended_at is None) == (S.SUPPRESSED, False)


@pytest.mark.requirement("O-04", "B-43")
def test_news_of_a_case_goes_to_who_still_wants_it(app: Flask) -> None:
    page, who = make_page(), make_supporter()
    mailing = make_mailing(page_id=page.id)
    say_about_news(page, who)
    delivery = make_delivery(who, lane=Lane.BULK, mailing_id=mailing.id)
    claimed = on_the_wire(delivery)
    settle(Verdict(delivery.id, claimed.fence, S.DEFERRED, due_at=clock.now(), code=450))
    say_about_news(page, who, ConsentEvent.WITHDRAWN)
    requeue()
    assert reserve(claim(Lane.BULK)) == set()
    assert state_of(delivery).state is S.SUPPRESSED


@pytest.mark.requirement("B-54")
@pytest.mark.parametrize(
    ("reason", "goes"),
    [
        (SuppressionReason.COMPLAINT, False),
        *((reason, True) for reason in list(SuppressionReason) if reason != "complaint"),
    ],
)
def test_a_suppression_stops_what_a_person_asks_for_only_after_a_complaint(
    app: Flask, reason: SuppressionReason, *, goes: bool
) -> None:
    who = make_supporter()
    delivery = make_delivery(who)
    add_suppression(who.email_hash, reason)
    assert reserve(claim()) == ({delivery.id} if goes else set())
    assert state_of(delivery).state is (S.TRANSMITTING if goes else S.SUPPRESSED)


@pytest.mark.requirement("O-06")
def test_an_outcome_ends_the_row_and_forgets_what_it_said(app: Flask) -> None:
    delivery = make_delivery()
    claimed = on_the_wire(delivery)
    assert settle(Verdict(delivery.id, claimed.fence, S.SENT, code=250, status="2.0.0")) == 1
    row = state_of(delivery)
    assert (row.state, row.reply_code, row.reply_status) == (S.SENT, 250, "2.0.0")
    assert row.ended_at is not None
    assert row.values_sealed is None
    assert row.lease_until is None


def test_recording_the_same_twice_changes_nothing(app: Flask) -> None:
    delivery = make_delivery()
    claimed = on_the_wire(delivery)
    verdict = Verdict(delivery.id, claimed.fence, S.DEFERRED, due_at=clock.now() + LATER, code=450, status="4.2.0")
    assert [settle(verdict), settle(verdict)] == [1, 0]
    assert state_of(delivery).attempts == 1


def test_what_was_reserved_and_never_tried_goes_back_as_it_was(app: Flask) -> None:
    delivery = make_delivery()
    claimed = on_the_wire(delivery)
    settle(Verdict(delivery.id, claimed.fence, S.QUEUED, tries=-1))
    row = state_of(delivery)
    assert (row.state, row.attempts, row.lease_until) == (S.QUEUED, 0, None)


def test_many_verdicts_are_one_statement(app: Flask) -> None:
    who = make_supporter()
    for _ in range(6):
        make_delivery(who)
    claimed = claim()
    reserve(claimed)
    states = [S.SENT, S.FAILED, S.DEFERRED, S.UNKNOWN, S.QUEUED, S.SENT]
    assert settle(*(Verdict(row.id, row.fence, state) for row, state in zip(claimed, states, strict=True))) == 6
    assert [state_of(db.session.get_one(Delivery, row.id)).state for row in claimed] == states


@pytest.mark.requirement("O-03")
def test_a_transition_that_is_not_in_the_table_is_impossible(app: Flask) -> None:
    who = make_supporter()
    for before, after in product(S, S):
        delivery = make_delivery(who, state=before, fence=1)
        settle(Verdict(delivery.id, 1, after))
        legal = after in TRANSITIONS[before] and before in statements.HELD
        late = (before, after) == (S.UNKNOWN, S.DEFERRED)
        expected = S.QUEUED if late else after if legal else before
        assert state_of(delivery).state is expected, (before, after)


@pytest.mark.requirement("O-03")
def test_whoever_follows_a_kind_is_told_in_the_same_transaction(app: Flask) -> None:
    told = follow("probe", repeats_unknown=False)
    delivery = make_delivery(kind="probe")
    claimed = on_the_wire(delivery)
    ledger.settle([Verdict(delivery.id, claimed.fence, S.SENT, code=250)], moment=clock.now())
    assert told == [(delivery.id, S.SENT)]
    db.session.rollback()
    assert state_of(delivery).state is S.TRANSMITTING
    settle(Verdict(delivery.id, claimed.fence, S.UNKNOWN))
    assert told[-1] == (delivery.id, S.UNKNOWN)
    settle(Verdict(delivery.id, claimed.fence, S.FAILED))
    assert told[-1] == (delivery.id, S.FAILED)


def test_whoever_follows_and_fails_does_not_undo_what_went_over_the_wire(app: Flask) -> None:
    def fail(delivery: Delivery, state: DeliveryState) -> None:
        delivery.language = "xx"
        db.session.flush()
        raise RuntimeError(state)

    kinds.register(Kind(name="probe", lane=Lane.NOW, compose=lambda _: {}, on_outcome=fail))
    delivery = make_delivery(kind="probe")
    claimed = on_the_wire(delivery)
    settle(Verdict(delivery.id, claimed.fence, S.SENT, code=250))
    row = state_of(delivery)
    assert (row.state, row.language) == (S.SENT, "en")


@pytest.mark.parametrize("state", [S.QUEUED, S.CLAIMED, S.DEFERRED])
def test_what_is_not_on_the_wire_can_be_called_back(app: Flask, state: S) -> None:
    delivery = make_delivery()
    (claimed,) = claim()
    db.session.execute(update(Delivery).values(state=state))
    assert cancel([delivery.id], by=OPERATOR) == 1
    db.session.commit()
    assert reserve([claimed]) == set()
    assert state_of(delivery).values_sealed is None


@pytest.mark.parametrize("state", [S.TRANSMITTING, *sorted(TERMINAL)])
def test_what_is_on_the_wire_or_has_ended_cannot_be_called_back(app: Flask, state: S) -> None:
    mailing = make_mailing()
    delivery = make_delivery(mailing_id=mailing.id, state=state)
    assert cancel([delivery.id], by=OPERATOR) == 0
    assert cancel_of_mailing(mailing.id, by=OPERATOR) == 0


def test_a_claim_reads_the_queue_through_its_own_index(app: Flask) -> None:
    who = make_supporter()
    db.session.execute(
        text(
            "INSERT INTO deliveries (lane, kind, state, language, variant, supporter_id, queued_at, due_at, give_up_at,"
            " attempts, fence) SELECT 'bulk', 'newsletter', 'sent', 'en', '', :who, now(), now(), now(), 0, 0"
            " FROM generate_series(1, 20000)"
        ),
        {"who": who.id},
    )
    make_delivery(who, lane=Lane.BULK)
    db.session.execute(text("ANALYZE deliveries"))
    db.session.commit()
    of_queue, of_table = scans("ix_deliveries_due"), scans("deliveries")
    assert len(ledger.claim(Lane.BULK, most=10, lease=LEASE, moment=clock.now())) == 1
    assert scans("ix_deliveries_due") > of_queue
    assert scans("deliveries") == of_table


def scans(relation: str) -> int:
    """How often this connection scanned it since it last reported that, which may be some transactions ago."""
    counted = text("SELECT pg_stat_get_xact_numscans(CAST(:name AS regclass))")
    return int(db.session.execute(counted, {"name": relation}).scalar_one())


def add_suppression(address_hash: bytes | None, reason: SuppressionReason) -> None:
    db.session.add(Suppression(address_hash=address_hash or b"", reason=reason, created_at=clock.now()))
    db.session.commit()
