from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.clock import clock
from actions.confirmations.continuing import continued_by
from actions.supporters.models import Supporter, SupporterState
from actions.supporters.operations import forget_links
from actions.tokens import Purpose, tokens
from tests.factories.supporters import make_supporter

PAGE = 7


@pytest.fixture
def ann(app: Flask) -> Supporter:
    return make_supporter()


def token_of(ann: Supporter, page_id: int = PAGE) -> str:
    return tokens.sign(Purpose.CONTINUE, ann.id, page_id, ann.generation)


def test_who_just_proved_the_mailbox_goes_on_without_a_second_mail(ann: Supporter) -> None:
    assert continued_by(token_of(ann), PAGE) is ann


@pytest.mark.requirement("C-02", "C-03")
def test_it_serves_its_own_page_for_thirty_minutes(ann: Supporter) -> None:
    token = token_of(ann)
    assert continued_by(token, PAGE + 1) is None
    clock.move(timedelta(minutes=31))
    assert continued_by(token, PAGE) is None


@pytest.mark.requirement("C-02")
def test_no_other_link_serves_as_one(ann: Supporter) -> None:
    for purpose in set(Purpose) - {Purpose.CONTINUE}:
        assert continued_by(tokens.sign(purpose, ann.id, PAGE, ann.generation), PAGE) is None
    for parts in ((ann.id, PAGE), (ann.id, PAGE, ann.generation, 1), (999, PAGE, 1), ("x", PAGE, 1)):
        assert continued_by(tokens.sign(Purpose.CONTINUE, *parts), PAGE) is None
    assert continued_by("", PAGE) is None


@pytest.mark.requirement("C-04")
def test_after_an_erasure_it_is_worth_nothing(ann: Supporter) -> None:
    token = token_of(ann)
    forget_links(ann, by=OPERATOR)
    assert continued_by(token, PAGE) is None


def test_a_mailbox_that_nobody_proved_continues_nothing(app: Flask) -> None:
    eve = make_supporter("eve@example.org", state=SupporterState.UNCONFIRMED)
    assert continued_by(token_of(eve), PAGE) is None
