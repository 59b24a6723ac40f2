from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions import clock
from actions.actors import OPERATOR, Actor, Role
from actions.exports import operations, queries
from actions.exports.queries import NotThere, newest, number_on, rows_of, taken_since
from actions.lists.models import MailingList
from actions.lists.operations import leave
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from tests.factories.exports import ask_for, make_export
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def rana(app: Flask) -> Staff:
    return make_staff(StaffRole.EXPORTER)


def test_a_list_is_counted_up_to_a_bound(updates: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        make_subscriber(updates, f"p{number}@example.org")
    assert number_on(updates) == 3
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    assert number_on(updates) == 2


def test_a_part_is_read_without_who_left_and_only_while_it_is_there(updates: MailingList, rana: Staff) -> None:
    ann, bea = make_subscriber(updates), make_subscriber(updates, "bea@example.org")
    export = make_export(updates, rana)
    leave(updates.id, ann.id, by=OPERATOR)
    assert [row[0] for row in rows_of(export.id, 0)] == [bea.id]
    for export_id, number in ((export.id, 1), (999, 0)):
        with pytest.raises(NotThere):
            rows_of(export_id, number)
    operations.remove(export, by=OPERATOR)
    with pytest.raises(NotThere):
        rows_of(export.id, 0)


def test_each_sees_their_own_and_admins_see_all(updates: MailingList, rana: Staff) -> None:
    ben = make_staff(StaffRole.EXPORTER, email="ben@open-door.test")
    first, second = ask_for(updates, rana), ask_for(updates, ben)
    assert newest(rana.id) == [first]
    assert newest(None) == [second, first]


@pytest.mark.requirement("P-11")
def test_who_took_what_is_told_by_name(updates: MailingList, rana: Staff, session: Db) -> None:
    export = make_export(updates, rana)
    operations.note_download(export, encrypted=True, by=Actor(Role.STAFF, rana.id))
    session.commit()
    ((_, who, what),) = taken_since(clock.now() - timedelta(hours=1))
    assert (who, what) == ("Rana", "Updates")
    assert list(taken_since(clock.now() + timedelta(hours=1))) == []
