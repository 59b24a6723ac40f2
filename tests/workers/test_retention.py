from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.clock import clock
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.mailings import designs
from actions.transaction import transaction
from tests.factories.letters import make_letter, make_supporter, move_to
from tests.factories.mailings import draft_alert
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.retention import forget


@pytest.mark.requirement("L-17")
def test_each_night_what_is_old_enough_is_forgotten(app: Flask) -> None:
    make_organisation()
    make_list()
    target = make_target()
    letter = make_letter(make_page(targets=[target]), target, make_supporter())
    move_to(letter, LetterState.RELEASED, LetterState.SENT)
    db.session.commit()
    clock.move(timedelta(days=27))
    forget()
    assert db.session.get_one(Letter, letter.id, populate_existing=True).words is not None
    clock.move(timedelta(days=2))
    forget()
    assert db.session.get_one(Letter, letter.id, populate_existing=True).words is None


def test_a_design_that_was_deleted_goes_in_time(app: Flask) -> None:
    make_organisation()
    mailing = draft_alert(make_list(), make_page())
    with transaction():
        designs.drop_design(designs.save_design(mailing, "Monthly", by=OPERATOR), by=OPERATOR)
    forget()
    assert len(designs.dropped()) == 1
    clock.move(designs.UNDO_FOR + timedelta(days=1))
    forget()
    assert len(designs.dropped()) == 0
