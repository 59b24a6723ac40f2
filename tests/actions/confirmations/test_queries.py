from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.actors import OPERATOR
from actions.clock import clock
from actions.confirmations import queries
from actions.confirmations.models import Confirmation, ConfirmationItem
from actions.extensions import db
from actions.supporters.models import Supporter
from actions.supporters.operations import forget_links
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.waiting import join, send_what_is_due, sign


@pytest.fixture
def ann(app: Flask, client: FlaskClient) -> Supporter:
    make_organisation()
    make_list()
    make_page()
    join(client)
    return db.session.scalars(select(Supporter)).one()


@pytest.mark.requirement("C-04")
def test_a_link_opens_its_own_confirmation_until_its_person_asked_to_forget(ann: Supporter) -> None:
    confirmation = db.session.scalars(select(Confirmation)).one()
    token = tokens.sign(Purpose.CONFIRM, confirmation.id, ann.generation)
    assert queries.by_token(token) is confirmation
    forget_links(ann, by=OPERATOR)
    with pytest.raises(ExpiredToken):
        queries.by_token(token)


@pytest.mark.parametrize("parts", [(1,), (1, 1, 1), (999, 1)])
def test_a_link_of_another_shape_or_to_nothing_is_none(ann: Supporter, parts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidToken):
        queries.by_token(tokens.sign(Purpose.CONFIRM, *parts))


def test_only_what_still_can_be_confirmed_takes_more_items(ann: Supporter) -> None:
    assert queries.open_confirmation(ann) is not None
    clock.move(timedelta(days=8))
    assert queries.open_confirmation(ann) is None


def test_items_are_found_in_the_order_in_which_they_were_asked_for(ann: Supporter, client: FlaskClient) -> None:
    sign(client)
    confirmation = db.session.scalars(select(Confirmation)).one()
    assert [item.kind for item in queries.items_of(confirmation)] == ["signup", "signature"]
    assert [item.kind for item in queries.waiting_items(confirmation)] == ["signup", "signature"]
    item = db.session.scalars(select(ConfirmationItem).order_by(ConfirmationItem.id)).first()
    assert item is not None
    assert queries.item_about("signup", item.item_id) is item
    assert queries.item_about("letter", item.item_id) is None


@pytest.mark.requirement("C-12")
def test_a_mail_about_several_things_counts_for_each_and_once_for_the_address(
    ann: Supporter, client: FlaskClient
) -> None:
    sign(client)
    send_what_is_due()
    subjects = {item.subject for item in db.session.scalars(select(ConfirmationItem))}
    assert len(subjects) == 2
    for subject in subjects:
        so_far = queries.mails_so_far(ann)
        assert (len(so_far.about(subject)), len(so_far.address)) == (1, 1)
    assert queries.mails_so_far(ann).about("letter:1") == []
