from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from actions.clock import clock
from actions.consents.models import ConsentPurpose
from actions.people.queries import PURPOSES, timeline
from tests.factories.canary import CANARIES, live_a_life
from tests.factories.supporters import make_supporter


def test_every_purpose_has_words() -> None:
    assert set(PURPOSES) == {purpose.value for purpose in ConsentPurpose}


def test_the_newest_comes_first_and_nobody_is_named(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    events = timeline(ann)
    moments = [event.at for event in events]
    assert moments == sorted(moments, reverse=True)
    assert {"signed", "wrote a letter", "agreed: to be on the list"} <= {event.what for event in events}
    assert not any(canary in str(events) for canary in CANARIES)
    clock.move(timedelta(days=1))
    assert timeline(make_supporter("bea@example.org")) == []
