from flask import Flask

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
