from flask import Flask

from actions.extensions import db
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter, sign
from workers.counts import count, recount


def test_the_numbers_follow_every_few_seconds_and_are_repaired_at_night(app: Flask) -> None:
    make_organisation()
    page = make_page()
    sign(page, make_supporter())
    db.session.commit()
    count()
    db.session.refresh(page)
    assert page.signature_count == 1
    page.signature_count = 5
    db.session.commit()
    recount()
    db.session.refresh(page)
    assert page.signature_count == 1
