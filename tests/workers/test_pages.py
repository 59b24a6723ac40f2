from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import PageState
from actions.pages.operations import draft_page, schedule_opening
from tests.factories.organisation import make_organisation
from tests.factories.page_words import DETAILS, WORDS, make_picture
from tests.factories.pages import make_target
from workers.pages import open_due


def test_a_page_opens_on_its_date(app: Flask) -> None:
    make_organisation()
    make_picture("river.webp")
    page = draft_page(DETAILS, {"en": WORDS}, [make_target()], by=OPERATOR)
    schedule_opening(page, clock.now(), by=OPERATOR)
    db.session.commit()
    open_due()
    db.session.expire_all()
    assert page.state is PageState.OPEN
    open_due()
