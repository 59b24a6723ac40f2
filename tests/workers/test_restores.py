import pytest
from flask import Flask

from actions.extensions import db
from actions.restores import witness
from tests.factories.restores import back_up, put_back
from workers.restores import mark


@pytest.mark.requirement("O-18")
def test_the_mark_goes_up_here_and_outside_and_not_after_a_restore(app: Flask) -> None:
    mark()
    backup = back_up()
    mark()
    assert witness.mark() == 2
    put_back(backup)
    mark()
    assert witness.mark() == 2
    db.session.rollback()
