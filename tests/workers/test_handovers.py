from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.signatures import handing_over
from actions.signatures.models import Handover
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page
from workers.handovers import seal, sweep


def test_a_petition_whose_nudge_was_lost_is_found_by_the_sweep(app: Flask, session: Db) -> None:
    make_organisation()
    made = handing_over.begin(make_page(), by=OPERATOR)
    session.commit()
    made_id = made.id
    sweep()
    handover = session.get_one(Handover, made_id, populate_existing=True)
    assert handover.digest is not None
    seal(made_id)
    assert session.get_one(Handover, made_id, populate_existing=True).ready_at == handover.ready_at
