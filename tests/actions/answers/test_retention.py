from datetime import timedelta

from flask import Flask

from actions import clock
from actions.actors import WORKER
from actions.answers import operations
from actions.answers.models import Said
from actions.transaction import transaction
from tests.factories.answers import ask_after, questions, send_letter
from tests.factories.letters import make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.retention import forget


def test_after_a_year_only_that_an_answer_came_is_left(app: Flask) -> None:
    make_organisation()
    make_list()
    target = make_target()
    send_letter(make_page(targets=[target]), target, make_supporter())
    ask_after(days=15)
    the_one = questions()[0]
    with transaction():
        operations.tell(the_one, "They will look.", by=WORKER)
    clock.clock.move(timedelta(days=364))
    forget()
    assert questions()[0].answer == "They will look."
    clock.clock.move(timedelta(days=2))
    forget()
    left = questions()[0]
    assert (left.answer_sealed, left.answered_at, left.said) == (None, None, Said.YES)
