from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.deliveries import operations
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.retention import forget_ended
from actions.extensions import db
from actions.transaction import transaction
from email_templates.catalogue import FreshLink
from tests.factories.emails import every_email
from tests.factories.organisation import make_organisation
from tests.factories.supporters import make_supporter


@pytest.mark.requirement("C-44")
def test_whom_we_wrote_to_is_forgotten_after_thirty_days_and_what_waits_is_not(app: Flask) -> None:
    make_organisation()
    email = next(one for one in every_email("en") if isinstance(one, FreshLink))
    who = make_supporter()
    with transaction():
        sent, waits = (operations.queue(email, to=who, lane=Lane.NOW, by=OPERATOR) for _ in range(2))
        sent.state, sent.ended_at = DeliveryState.SENT, clock.now()
    clock.move(timedelta(days=29))
    assert forget_ended(by=WORKER) == 0
    clock.move(timedelta(days=2))
    assert forget_ended(by=WORKER) == 1
    assert db.session.scalars(select(Delivery.id)).all() == [waits.id]
