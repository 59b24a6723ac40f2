import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.restores.operations import note_restore
from devserver.catcher import Catcher
from tests.factories.deliveries import make_delivery, state_of
from tests.factories.organisation import make_organisation
from workers.deliver import drain


def test_a_nudge_empties_its_lane(app: Flask) -> None:
    make_organisation()
    delivery = make_delivery()
    with Catcher() as catcher:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": catcher.url})
        drain("bulk")
        assert state_of(delivery).state == "queued"
        drain("now")
        assert len(catcher.await_mails(1)) == 1
    assert state_of(delivery).state == "sent"


@pytest.mark.requirement("O-18")
def test_after_a_restore_only_what_people_asked_for_goes(app: Flask) -> None:
    make_organisation()
    letter, asked = make_delivery(lane=Lane.LETTERS), make_delivery()
    note_restore(by=OPERATOR)
    db.session.commit()
    with Catcher() as catcher:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": catcher.url})
        for lane in Lane:
            drain(lane.value)
        assert len(catcher.await_mails(1)) == 1
    assert (state_of(letter).state, state_of(asked).state) == ("queued", "sent")
