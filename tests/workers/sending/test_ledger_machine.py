"""The ledger against a model: whatever two workers, the sweep and a canceller do, in any order, no rule is broken."""

from collections.abc import Sequence

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from actions import clock
from actions.actors import OPERATOR
from actions.deliveries.models import TERMINAL, TRANSITIONS, Delivery, DeliveryState
from actions.deliveries.operations import cancel
from actions.extensions import db
from tests.factories.deliveries import let_leases_lapse, make_delivery
from tests.factories.engine import LEASE, claim, expire, follow, requeue, reserve, settle
from tests.factories.supporters import make_supporter
from workers.sending import ledger
from workers.sending.ledger import Claimed, Verdict

S = DeliveryState
WORKERS = st.sampled_from(["ann", "bob"])
ANSWERS = st.sampled_from([S.SENT, S.SENT, S.FAILED, S.DEFERRED, S.UNKNOWN, S.QUEUED, S.CANCELLED])
Row = tuple[DeliveryState, int]


class Ledger(RuleBasedStateMachine):
    """`rows` is the table as it was after the last step; each worker remembers all that it ever claimed."""

    @initialize(letters=st.integers(0, 2), confirmations=st.integers(1, 3))
    def fill(self, letters: int, confirmations: int) -> None:
        follow("probe", repeats_unknown=False)
        db.session.execute(update(Delivery).values(state=S.CANCELLED, lease_until=None))
        who = db.session.scalars(select(Delivery.supporter_id).limit(1)).first() or make_supporter().id
        kinds = ["probe"] * letters + ["confirmation"] * confirmations
        self.ids = [make_delivery(supporter_id=who, values_sealed=b"x", kind=kind).id for kind in kinds]
        self.letters = set(self.ids[:letters])
        self.claims: dict[str, list[Claimed]] = {"ann": [], "bob": []}
        self.may_send: dict[int, str] = {}
        self.copies = dict.fromkeys(self.ids, 0)
        self.allowed = dict.fromkeys(self.ids, 1)
        self.rows = self.read()

    @rule(worker=WORKERS, most=st.integers(1, 3))
    def claims_some(self, worker: str, most: int) -> None:
        claimed = claim(most=most)
        self.claims[worker] += claimed
        self.stepped()
        assert all(self.rows[row.id] == (S.CLAIMED, row.fence) for row in claimed)

    @rule(worker=WORKERS)
    def reserves_and_sends(self, worker: str) -> None:
        """Everything it thinks is its own; what it may, it puts on the wire."""
        for delivery_id in reserve(self.newest(worker)):
            assert delivery_id not in self.may_send, "two workers may send one message at the same moment"
            self.may_send[delivery_id] = worker
            self.copies[delivery_id] += 1
        self.stepped()

    @rule(worker=WORKERS)
    def claims_and_sends(self, worker: str) -> None:
        self.claims_some(worker, 3)
        self.reserves_and_sends(worker)

    @rule(worker=WORKERS, answer=ANSWERS, stale=st.booleans())
    def says_what_became_of_them(self, worker: str, answer: DeliveryState, *, stale: bool) -> None:
        claims = self.claims[worker] if stale else self.newest(worker)
        before = self.rows
        last = {row.id: row for row in claims}.values()
        settle(*(Verdict(row.id, row.fence, answer, due_at=clock.now()) for row in last))
        self.stepped()
        for row_id, (state, _) in self.rows.items():
            on_the_wire = before[row_id][0] in {S.TRANSMITTING, S.UNKNOWN}
            self.allowed[row_id] += on_the_wire and state in {S.DEFERRED, S.QUEUED}

    @rule(worker=WORKERS)
    def renews(self, worker: str) -> None:
        renewed = ledger.extend(self.newest(worker), LEASE)
        db.session.commit()
        assert all(self.rows[row_id][0] in {S.CLAIMED, S.TRANSMITTING} for row_id in renewed)
        self.stepped()

    @rule()
    def everybody_stalls_and_the_sweep_comes(self) -> None:
        let_leases_lapse()
        expire()
        self.may_send.clear()
        self.stepped()
        self.what_is_due_is_put_back()

    @rule()
    def what_is_due_is_put_back(self) -> None:
        requeue()
        self.stepped()

    @rule(data=st.data())
    def somebody_calls_one_back(self, data: st.DataObject) -> None:
        cancel([data.draw(st.sampled_from(self.ids))], by=OPERATOR)
        db.session.commit()
        self.stepped()

    @invariant()
    def a_letter_goes_again_only_when_it_was_surely_not_delivered(self) -> None:
        for letter in getattr(self, "letters", ()):
            assert self.copies[letter] <= self.allowed[letter]

    def newest(self, worker: str) -> Sequence[Claimed]:
        return list({row.id: row for row in self.claims[worker]}.values())

    def read(self) -> dict[int, Row]:
        db.session.rollback()
        found = select(Delivery.id, Delivery.state, Delivery.fence).where(Delivery.id.in_(self.ids))
        return {row_id: (state, fence) for row_id, state, fence in db.session.execute(found)}

    def stepped(self) -> None:
        """One step took each row along one arrow of the table at most, and no fence went down."""
        now = self.read()
        for row_id, (before, fence) in self.rows.items():
            after, new_fence = now[row_id]
            assert after is before or after in TRANSITIONS[before], (before, after)
            assert new_fence - fence == (1 if (before, after) == (S.QUEUED, S.CLAIMED) else 0)
            assert before not in TERMINAL or after is before
            assert row_id not in self.letters or before is not S.UNKNOWN or after in {S.UNKNOWN, *TERMINAL}
            if after is not S.TRANSMITTING:
                self.may_send.pop(row_id, None)
        self.rows = now


@pytest.mark.requirement("O-03", "O-05")
def test_no_order_of_events_breaks_a_rule(app: Flask) -> None:
    chosen = settings(
        max_examples=40,
        stateful_step_count=25,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(Ledger, settings=chosen)
