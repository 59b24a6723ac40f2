import pytest
from flask import Flask

from actions.letters.models import LetterState
from actions.pages.models import Page
from actions.pages.queries import targets_of
from actions.site.writing import undo_letter, writing_on
from actions.targets.models import DeliveryMode
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_supporter, write


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page(targets=[make_target()])


@pytest.mark.requirement("L-14")
def test_it_says_to_whom_and_to_which_state_before_anything_is_sent(app: Flask, page: Page) -> None:
    with app.test_request_context():
        writing = writing_on(page, make_supporter(), {}, "en")
    assert writing is not None
    assert [(one.target_name, one.state) for one in writing.left] == [("Ambassador Example", "the Kingdom of Cambodia")]
    assert writing.form is not None
    assert len(writing.discloses) == 3


def test_who_wrote_already_sees_the_letter_and_no_form(app: Flask, page: Page) -> None:
    who = make_supporter()
    letter = write(page, who, targets_of(page)[0])
    with app.test_request_context():
        again = writing_on(page, who, {}, "en")
    assert again is not None
    assert again.form is None
    assert [one.letter for one in again.written] == [letter]


def test_where_letters_go_by_post_there_is_nothing_to_send(app: Flask) -> None:
    make_organisation()
    make_list()
    page = make_page(targets=[make_target(delivery=DeliveryMode.POST, email=None)])
    with app.test_request_context():
        assert writing_on(page, make_supporter(), {}, "en") is None


def test_a_letter_that_was_sent_cannot_be_undone(app: Flask, page: Page) -> None:
    letter = write(page, make_supporter(), targets_of(page)[0], LetterState.SENT)
    assert undo_letter(letter) is False
