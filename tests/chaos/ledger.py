"""`python -m tests.chaos.ledger`: what the database says of every delivery, one line of JSON each."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from actions.app import create_app
from actions.deliveries.identity import identity_of
from actions.deliveries.models import Delivery
from actions.encryption import place, ring
from actions.extensions import db
from actions.supporters.models import Supporter
from actions.targets.models import Target


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    lane: str
    state: str
    mailing: int | None
    address: str
    sender: str
    message_id: str


def rows() -> Iterator[Row]:
    columns = (Delivery.id, Delivery.lane, Delivery.state, Delivery.mailing_id, Delivery.key_id)
    wanted = (
        select(*columns, Supporter.id, Supporter.email_sealed, Target.email)
        .outerjoin(Supporter, Supporter.id == Delivery.supporter_id)
        .outerjoin(Target, Target.id == Delivery.target_id)
        .order_by(Delivery.id)
    )
    for row_id, lane, state, mailing, key_id, reader, sealed, office in db.session.execute(wanted):
        address = office or ring.open(sealed, place("supporters", "email_sealed", reader))
        known_as = identity_of(row_id, key_id)
        yield Row(row_id, lane.value, state.value, mailing, address, known_as.return_path, known_as.message_id)


def read(path: Path) -> list[Row]:
    with path.open() as lines:
        return [Row(**json.loads(line)) for line in lines]


def main() -> None:
    with create_app().app_context():
        for row in rows():
            print(json.dumps(asdict(row)))


if __name__ == "__main__":
    main()
