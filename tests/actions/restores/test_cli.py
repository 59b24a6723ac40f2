from pathlib import Path

import pytest
from flask import Flask

from actions.deliveries.models import Lane
from actions.extensions import db
from actions.restores import operations, witness
from tests.factories.deliveries import make_delivery, make_mailing
from tests.factories.restores import back_up, put_back


def run(app: Flask, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["restore-check", *args])
    return result.exit_code, result.output


def test_a_database_that_is_new_enough_is_said_to_be(app: Flask) -> None:
    assert run(app) == (0, "This database is as new as its mark outside; nothing is held.\n")


@pytest.mark.requirement("O-18")
def test_the_operator_sees_how_many_may_be_repeated_and_says_when_to_go_on(app: Flask, tmp_path: Path) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"witness_dir": tmp_path})
    mailing = make_mailing(audience=3)
    for state in ("queued", "queued", "sent"):
        make_delivery(lane=Lane.BULK, kind="newsletter", mailing_id=mailing.id, state=state)
    make_delivery(lane=Lane.LETTERS)
    for _ in range(2):
        backup = back_up()
        number = operations.advance()
        db.session.commit()
        assert number is not None
        witness.keep(number)
    put_back(backup)
    code, said = run(app)
    assert code == 1
    assert f"Mailing {mailing.id} is paused: up to 2 of 3 may get a second copy" in said
    assert "1 letters to targets were waiting." in said
    assert "is on the lists again" in said
    code, said = run(app, "--go-on")
    assert code == 0
    assert "1 letters to targets now wait for a person" in said
    assert run(app)[0] == 0


def test_a_person_may_know_better_than_the_marks(app: Flask) -> None:
    make_mailing()
    assert run(app, "--restored")[0] == 1
    assert run(app, "--go-on")[0] == 0
