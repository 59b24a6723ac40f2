from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.clock import clock
from actions.letters.models import LetterState
from actions.preferences import queries
from actions.signatures.models import SignatureState
from actions.supporters.models import Supporter
from actions.supporters.operations import erase, forget_links
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens
from tests.factories.organisation import make_list
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign, write


@pytest.fixture
def ann(app: Flask) -> Supporter:
    return make_supporter()


def lasting(ann: Supporter) -> str:
    return tokens.sign(Purpose.PREFERENCES, ann.id)


def fresh(ann: Supporter) -> str:
    return tokens.sign(Purpose.MY_DATA, ann.id, ann.generation)


@pytest.mark.requirement("C-02", "C-37")
def test_only_a_fresh_link_opens_what_somebody_did(ann: Supporter) -> None:
    assert queries.opened_by(lasting(ann)) == queries.Opened(ann, fresh=False)
    assert queries.opened_by(fresh(ann)) == queries.Opened(ann, fresh=True)
    clock.move(timedelta(hours=25))
    assert queries.opened_by(lasting(ann)).supporter is ann
    with pytest.raises(ExpiredToken):
        queries.opened_by(fresh_of_yesterday(ann))


def fresh_of_yesterday(ann: Supporter) -> str:
    return tokens.sign(Purpose.MY_DATA, ann.id, ann.generation, at=clock.now() - timedelta(hours=25))


@pytest.mark.requirement("C-04")
def test_a_fresh_link_ends_when_its_person_is_told_to_forget_links_and_every_one_with_an_erasure(
    ann: Supporter,
) -> None:
    before = fresh(ann)
    forget_links(ann, by=OPERATOR)
    with pytest.raises(ExpiredToken):
        queries.opened_by(before)
    assert queries.opened_by(lasting(ann)).supporter is ann
    both = lasting(ann), fresh(ann)
    erase(ann, by=OPERATOR)
    for token in both:
        with pytest.raises(ExpiredToken):
            queries.opened_by(token)


def test_a_link_to_nobody_is_none(ann: Supporter) -> None:
    with pytest.raises(InvalidToken):
        queries.opened_by(tokens.sign(Purpose.PREFERENCES, 999))


def test_choices_are_every_list_and_the_cases_that_they_want_news_of(app: Flask) -> None:
    joined, other, page = make_list(), make_list("alerts"), make_page()
    make_page("other")
    ann = make_subscriber(joined)
    say_about_news(page, ann)
    choices = queries.choices_of(ann)
    assert [(one.slug, on) for one, on in choices.lists] == [("updates", True), ("alerts", False)]
    assert other.slug == "alerts"
    assert choices.cases == [page]


def test_what_they_did_is_what_counts_and_what_is_on_its_way(ann: Supporter) -> None:
    page, second, target = make_page(), make_page("second"), make_target()
    sign(page, ann)
    sign(second, ann, SignatureState.UNCONFIRMED)
    write(page, ann, target, LetterState.SENT)
    write(second, ann, target, LetterState.UNCONFIRMED)
    assert [where.slug for _, where in queries.signatures_of(ann)] == ["free-her"]
    assert [(where.slug, to.id) for _, where, to in queries.letters_of(ann)] == [("free-her", target.id)]
