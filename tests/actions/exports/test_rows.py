from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.exports import rows
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.operations import leave
from actions.supporters.models import SupporterState
from actions.transfers.operations import import_people
from actions.transfers.people import COLUMNS, Person, Row, read_people
from tests.factories.organisation import make_list, make_organisation
from tests.factories.supporters import make_subscriber, make_supporter
from tests.factories.tags import make_tag


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


def test_everybody_who_is_on_the_list_and_nobody_else(updates: MailingList) -> None:
    ann = make_subscriber(updates, "ann@example.org", first_name="Ann", last_name="Lee", country="KH", language="km")
    make_tag("press", ann)
    make_tag("donor", ann)
    leave(updates.id, make_subscriber(updates, "left@example.org").id, by=OPERATOR)
    make_subscriber(updates, "gone@example.org").state = SupporterState.ERASED
    make_supporter("elsewhere@example.org")
    bea = make_subscriber(updates, "bea@example.org")
    db.session.commit()
    today = clock.now().date().isoformat()
    found = rows.batch(updates.id, 0, 10)
    assert found == [
        [ann.id, "ann@example.org", "Ann", "Lee", "KH", "km", today, "donor, press"],
        [bea.id, "bea@example.org", None, None, None, "en", today, ""],
    ]
    assert rows.batch(updates.id, 0, 1) == found[:1]
    assert rows.batch(updates.id, ann.id, 10) == found[1:]
    assert rows.unpacked(rows.packed(found)) == found


def test_the_day_of_consent_is_when_it_was_said_not_when_the_list_was_brought_in(updates: MailingList) -> None:
    said = clock.now() - timedelta(days=400)
    ann = {"email": "ann@example.org", "consent_date": said.isoformat()}
    (person,) = read_people([Row(2, ann)])
    assert isinstance(person, Person)
    import_people([person], updates, evidence="spring fair", by=OPERATOR)
    db.session.commit()
    (row,) = rows.batch(updates.id, 0, 10)
    assert row[rows.HEAD.index("consent_date") + 1] == said.date().isoformat()


def test_who_left_meanwhile_is_left_out(updates: MailingList) -> None:
    ann, bea, cem = (make_subscriber(updates, f"{name}@example.org") for name in ("ann", "bea", "cem"))
    found = rows.batch(updates.id, 0, 10)
    leave(updates.id, ann.id, by=OPERATOR)
    cem.state = SupporterState.ERASED
    db.session.commit()
    assert [row[0] for row in rows.still_on(updates.id, found)] == [bea.id]


def test_the_columns_are_those_that_an_import_reads() -> None:
    assert set(rows.HEAD) == set(COLUMNS)
