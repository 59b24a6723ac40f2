import csv
from io import StringIO

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.operations import leave, subscribe
from actions.people import exporting
from actions.supporters.models import SupporterState
from actions.transfers.people import COLUMNS
from tests.factories.organisation import make_list, make_organisation
from tests.factories.supporters import make_supporter


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    joined = make_list()
    for number, name in enumerate(("Ada", "=1+1", "Gone", "Left", "Zoë")):
        person = make_supporter(f"p{number}@example.org", first_name=name)
        subscribe(joined.id, person.id, by=OPERATOR)
        if name == "Gone":
            person.state = SupporterState.ERASED
        if name == "Left":
            leave(joined.id, person.id, by=OPERATOR)
    db.session.commit()
    return joined


def read(joined: MailingList) -> list[dict[str, str]]:
    file = "".join(exporting.as_csv(joined.id))
    return list(csv.DictReader(StringIO(file.removeprefix(exporting.MARK))))


@pytest.mark.requirement("W-15")
def test_everybody_who_is_on_the_list_and_nobody_else(updates: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    rows = read(updates)
    assert [row["email"] for row in rows] == ["p0@example.org", "p1@example.org", "p4@example.org"]
    assert [row["first_name"] for row in rows] == ["Ada", "'=1+1", "Zoë"]
    assert {row["consent_date"] for row in rows} == {clock.now().date().isoformat()}
    assert exporting.number_on(updates) == 4


def test_the_columns_are_those_that_an_import_reads() -> None:
    assert set(exporting.HEAD) <= set(COLUMNS)
