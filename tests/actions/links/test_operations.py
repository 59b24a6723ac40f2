from datetime import timedelta

import pytest
from flask import Flask

from actions import outbox
from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.extensions import db
from actions.links.models import Came
from actions.links.operations import LOST_AFTER, TASK, Answer, ask, claim, forget_old, record
from actions.links.queries import checks_of

ONE, TWO = "https://one.example/", "https://two.example/"


def test_each_address_waits_once_and_a_worker_is_nudged(app: Flask) -> None:
    assert ask([ONE, TWO, ONE], by=OPERATOR) == 2
    assert outbox.waiting() == [(TASK, (), "letters")]
    assert ask([ONE], by=OPERATOR) == 1
    assert [check.address for check in claim(8, by=WORKER)] == [ONE, TWO]
    assert ask(["https://long.example/" + "x" * 2000], by=OPERATOR) == 0


@pytest.mark.requirement("O-06")
def test_what_one_worker_took_another_takes_only_when_the_first_is_gone(app: Flask) -> None:
    ask([ONE, TWO], by=OPERATOR)
    assert len(claim(1, by=WORKER)) == 1
    ask([ONE], by=OPERATOR)
    assert [check.address for check in claim(8, by=WORKER)] == [TWO]
    assert list(claim(8, by=WORKER)) == []
    clock.move(LOST_AFTER + timedelta(seconds=1))
    assert len(claim(8, by=WORKER)) == 2


def test_what_came_is_kept_until_it_is_asked_again_or_a_month_has_passed(app: Flask) -> None:
    ask([ONE], by=OPERATOR)
    (taken,) = claim(8, by=WORKER)
    record(taken, Answer(Came.ANSWERED, 200, TWO), by=WORKER)
    db.session.expire_all()
    check = checks_of([ONE])[ONE]
    assert (check.came, check.status, check.leads_to) == (Came.ANSWERED, 200, TWO)
    assert list(claim(8, by=WORKER)) == []
    ask([ONE], by=OPERATOR)
    db.session.expire_all()
    assert (check.came, check.checked_at, len(claim(8, by=WORKER))) == (None, None, 1)
    clock.move(timedelta(days=31))
    forget_old(by=WORKER)
    assert checks_of([ONE]) == {}
