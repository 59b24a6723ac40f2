import pytest
from flask import Flask

from actions.actors import WORKER
from actions.answers import operations, queries
from actions.answers.models import Said
from actions.pages.models import Page
from actions.targets.models import Target
from actions.tokens import InvalidToken, Purpose, tokens
from actions.transaction import transaction
from tests.factories.answers import ask_after, questions, send_letter
from tests.factories.letters import make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    made = make_page(targets=[target])
    for number in range(3):
        send_letter(made, target, make_supporter(f"writer{number}@example.org"))
    ask_after(days=15)
    return made


def test_a_page_counts_its_own_questions(page: Page) -> None:
    first, second, _ = questions()
    with transaction():
        operations.tell(first, "Yes.", by=WORKER)
        operations.say(second, Said.NO, by=WORKER)
    assert queries.numbers(page) == queries.Numbers(asked=3, yes=1, no=1, told=1, unread=1)
    assert queries.numbers(make_page("other")) == queries.Numbers(0, 0, 0, 0, 0)
    assert queries.on_screen(make_page("third")) is None


def test_told_goes_on_where_a_screen_ended(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PER_SCREEN", 2)
    with transaction():
        for one in questions():
            operations.tell(one, "Yes.", by=WORKER)
    first = queries.told(page, read=False)
    rest = queries.told(page, read=False, after=first[-1].id)
    assert (len(first), len(rest), len(queries.told(page, read=True))) == (2, 1, 0)


def test_a_writer_is_told_on_which_pages_an_answer_came(page: Page) -> None:
    one = questions()[0]
    assert queries.answered_pages(queries.writer_of(one)) == set()
    with transaction():
        operations.say(one, Said.YES, by=WORKER)
    assert queries.answered_pages(queries.writer_of(questions()[0])) == {page.id}


def test_a_token_of_ours_opens_its_question_and_no_other(page: Page) -> None:
    one = questions()[1]
    assert queries.opened_by(tokens.sign(Purpose.ANSWER, one.id)).id == one.id
    with pytest.raises(InvalidToken):
        queries.opened_by(tokens.sign(Purpose.ANSWER, 999))
