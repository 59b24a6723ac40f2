"""What waits for its owner's button, and the mails about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update

from actions import clock
from actions.clock import clock as the_clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from tests.factories.forms import send_form
from tests.factories.mail import links_in

ANN = "ann@example.org"
PERSON = {"email": ANN, "first_name": "Ann", "last_name": "Lee", "country": "DE"}


def join(client: FlaskClient, email: str = ANN, **typed: str) -> None:
    assert send_form(client, "/join", "/join", email=email, **typed).status_code == 200


def sign(client: FlaskClient, slug: str = "free-her", **typed: str) -> None:
    path = f"/a/{slug}/sign"
    assert send_form(client, path, path, **(PERSON | typed)).status_code == 200


def mails(kind: str = "confirmation") -> Sequence[Delivery]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)).all()


def due(kind: str = "confirmation") -> list[datetime]:
    return sorted(delivery.due_at for delivery in mails(kind))


def newest_link(kind: str = "confirmation", path: str = "/c/") -> str:
    return links_in(mails(kind)[-1], path)[0]


def send_what_is_due() -> None:
    """As the engine does it: what is due now has left, and cannot be changed any more."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= clock.now())
        .values(state=DeliveryState.SENT, attempts=1)
    )
    db.session.commit()


def wait(**time: float) -> None:
    """Let what is due leave, and that long pass."""
    send_what_is_due()
    the_clock.move(timedelta(**time))
