from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from actions import clock
from actions.actors import OPERATOR, VISITOR, supporter
from actions.clock import clock as the_clock
from actions.consents import operations, queries
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose, ConsentText
from actions.consents.operations import Ticked
from actions.extensions import db
from actions.supporters.models import Supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_supporter


@pytest.fixture
def ann(app: Flask) -> Supporter:
    make_organisation()
    make_list()
    return make_supporter("ann@example.org")


def given(who: Supporter, *ticked: Ticked) -> None:
    operations.record_given(who, ticked, channel="sign form", requested_at=clock.now(), by=supporter(who.id))
    db.session.commit()


@pytest.mark.requirement("C-30")
def test_a_record_says_what_was_allowed_under_which_words_asked_and_confirmed_when(ann: Supporter) -> None:
    page, target = make_page(), make_target()
    words = queries.text_for(ConsentPurpose.DISCLOSE, "en")
    asked = clock.now()
    the_clock.move(timedelta(hours=3))
    ticked = Ticked(ConsentPurpose.DISCLOSE, words.id, page_id=page.id, target_id=target.id)
    operations.record_given(ann, [ticked], channel="sign form", requested_at=asked, by=supporter(ann.id))
    record = db.session.scalars(select(Consent)).one()
    assert (record.event, record.purpose, record.channel) == (ConsentEvent.GIVEN, ConsentPurpose.DISCLOSE, "sign form")
    assert (record.page_id, record.target_id, record.text_id) == (page.id, target.id, words.id)
    assert (record.requested_at, record.confirmed_at - asked >= timedelta(hours=3)) == (asked, True)


@pytest.mark.requirement("C-30", "C-31")
def test_the_words_that_were_shown_then_are_there_byte_for_byte_after_an_edit(ann: Supporter) -> None:
    before = queries.text_for(ConsentPurpose.LIST, "en")
    shown = before.text
    given(ann, Ticked(ConsentPurpose.LIST, before.id))
    operations.add_text(ConsentPurpose.LIST, "en", "Other words.", by=OPERATOR)
    record = db.session.scalars(select(Consent)).one()
    assert db.session.get_one(ConsentText, record.text_id).text == shown
    assert queries.text_for(ConsentPurpose.LIST, "en").text == "Other words."


@pytest.mark.requirement("C-31")
def test_the_same_words_again_are_the_text_there_is(ann: Supporter) -> None:
    one = operations.add_text(ConsentPurpose.LIST, "en", "Words.", by=OPERATOR)
    assert operations.add_text(ConsentPurpose.LIST, "en", "Words.", by=OPERATOR) is one
    other = operations.add_text(ConsentPurpose.LIST, "km", "Words.", by=OPERATOR)
    assert (other.id != one.id, other.version) == (True, 1)
    assert len(one.sha256) == 64


@pytest.mark.requirement("C-30")
@pytest.mark.parametrize("statement", ["UPDATE consents SET channel = 'x'", "TRUNCATE consents"])
def test_a_record_is_never_changed(ann: Supporter, statement: str) -> None:
    given(ann, Ticked(ConsentPurpose.LIST, queries.text_for(ConsentPurpose.LIST, "en").id))
    with pytest.raises(IntegrityError, match="never changed"):
        db.session.execute(text(statement))


@pytest.mark.requirement("C-30")
def test_a_withdrawal_is_a_record_beside_the_one_of_giving(ann: Supporter) -> None:
    page = make_page()
    given(ann, Ticked(ConsentPurpose.CASE_NEWS, queries.text_for(ConsentPurpose.CASE_NEWS, "en").id, page_id=page.id))
    operations.withdraw(
        ann, ConsentPurpose.CASE_NEWS, page_id=page.id, channel="unsubscribe link", by=supporter(ann.id)
    )
    events = [(record.event, record.channel) for record in queries.history(ann.id)]
    assert events == [(ConsentEvent.GIVEN, "sign form"), (ConsentEvent.WITHDRAWN, "unsubscribe link")]


def test_a_tick_comes_back_from_json_as_it_was() -> None:
    ticked = Ticked(ConsentPurpose.CASE_NEWS, 3, page_id=4)
    assert Ticked.from_json(ticked.to_json()) == ticked
    assert VISITOR.id is None
