from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR, WORKER, supporter
from actions.answers import operations, queries
from actions.answers.models import Said
from actions.deliveries import composing
from actions.extensions import db
from actions.letters.models import LetterState
from actions.pages.models import Page, PageState
from actions.preferences.operations import erase_everything
from actions.supporters.models import Supporter
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.targets.models import Target
from actions.transaction import transaction
from email_templates.language import format_date
from email_templates.rendering import render
from tests.factories.answers import ask_after, questions, send_letter
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.deliveries import beside
from tests.factories.letters import make_letter, make_supporter, move_to
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.waiting import mails, send_what_is_due
from workers.answers import ask


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


@pytest.fixture
def ann(target: Target) -> Supporter:
    return make_supporter()


def asked() -> int:
    return len(mails("did_they_answer"))


def say(said: Said) -> None:
    the_one = questions()[0]
    with transaction():
        operations.say(the_one, said, by=WORKER)


def test_two_weeks_after_a_letter_its_writer_is_asked_once(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    ask_after(days=13, hours=23)
    assert asked() == 0
    ask_after(hours=2)
    ask()
    ask_after(days=1)
    assert asked() == 1
    text = render(composing.read_values(mails("did_they_answer")[0]).email).text
    assert "Your letter went to Ambassador Example on" in text
    assert "Do not ask me again" in text


@pytest.mark.requirement("L-10")
def test_of_a_letter_on_paper_it_is_asked_two_weeks_after_its_writer_was_told_and_names_the_day(app: Flask) -> None:
    page, office = page_with_bundles()
    (letter,) = write(page, office, "Ann")
    bundle = bound(page, office)
    ask_after(days=20)
    assert asked() == 0
    # It was brought ten days before anybody said so.
    day = clock.now() - timedelta(days=10)
    brought(bundle, on=day)
    ask_after(days=13)
    assert asked() == 0
    ask_after(days=1, hours=1)
    text = render(composing.read_values(mails("did_they_answer")[0]).email).text
    assert f"was handed over on paper on {format_date(day, 'en')}." in text
    (asked_about,) = queries.letters_asked_about(questions()[0])
    assert (asked_about.target.id, asked_about.at, asked_about.on_paper) == (letter.target_id, day, True)


def test_letters_to_several_offices_are_one_question_when_the_last_has_had_its_time(
    page: Page, target: Target, ann: Supporter
) -> None:
    other = make_target("consul", name="Consul Other", wordings={"en": {"name": "Consul Other", "state": "X"}})
    both = make_page("both", targets=[target, other])
    send_letter(both, target, ann)
    clock.clock.move(timedelta(days=3))
    send_letter(both, other, ann)
    ask_after(days=12)
    assert asked() == 0
    ask_after(days=2, hours=1)
    text = render(composing.read_values(mails("did_they_answer")[0]).email).text
    assert asked() == 1
    assert "Ambassador Example" in text
    assert "Consul Other" in text


def test_where_nothing_had_come_they_are_asked_once_more_a_week_later_and_never_again(
    page: Page, target: Target, ann: Supporter
) -> None:
    send_letter(page, target, ann)
    ask_after(days=14, hours=1)
    say(Said.NO)
    ask_after(days=6)
    assert asked() == 1
    ask_after(days=1, hours=1)
    assert asked() == 2
    assert "never again" in render(composing.read_values(mails("did_they_answer")[1]).email).text
    say(Said.YES)
    say(Said.NO)
    for _ in range(4):
        ask_after(days=8)
    assert asked() == 2


@pytest.mark.parametrize("said", [None, Said.YES])
def test_who_said_yes_or_nothing_is_not_asked_again(
    page: Page, target: Target, ann: Supporter, said: Said | None
) -> None:
    send_letter(page, target, ann)
    ask_after(days=14, hours=1)
    if said:
        say(said)
    for _ in range(4):
        ask_after(days=8)
    assert asked() == 1


@pytest.mark.parametrize("state", [LetterState.FAILED, LetterState.UNKNOWN, LetterState.HELD, LetterState.CANCELLED])
def test_nobody_is_asked_about_a_letter_that_did_not_surely_go(
    page: Page, target: Target, ann: Supporter, state: LetterState
) -> None:
    way = {
        LetterState.FAILED: [LetterState.RELEASED, LetterState.SENT],
        LetterState.UNKNOWN: [LetterState.RELEASED],
    }
    move_to(make_letter(page, target, ann), *way.get(state, []), state)
    ask_after(days=15)
    assert asked() == 0


@pytest.mark.parametrize("reason", SuppressionReason)
def test_an_address_that_wants_no_mail_is_not_asked(
    page: Page, target: Target, ann: Supporter, reason: SuppressionReason
) -> None:
    send_letter(page, target, ann)
    suppress(ann.email_hash or b"", reason, by=WORKER)
    db.session.commit()
    ask_after(days=15)
    assert asked() == 0


def test_an_objection_between_the_two_questions_ends_it(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    ask_after(days=15)
    say(Said.NO)
    suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    db.session.commit()
    ask_after(days=8)
    assert asked() == 1


def test_a_page_that_was_stopped_does_not_ask(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    page.state = PageState.STOPPED
    db.session.commit()
    ask_after(days=15)
    assert asked() == 0


def test_whoever_wants_no_more_questions_gets_none_about_any_page(page: Page, target: Target, ann: Supporter) -> None:
    second = make_page("second", targets=[target])
    send_letter(page, target, ann)
    ask_after(days=14, hours=1)
    say(Said.NO)
    asked_ann = questions()[0]
    with transaction():
        operations.ask_no_more(asked_ann, by=supporter(ann.id))
        operations.ask_no_more(asked_ann, by=supporter(ann.id))
    send_letter(second, target, ann)
    ask_after(days=15)
    assert asked() == 1
    assert questions()[0].said is Said.NO


def test_what_is_too_old_is_not_asked_about(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    ask_after(days=40)
    assert asked() == 0


def test_many_workers_at_once_and_one_that_is_killed_ask_once(
    app: Flask, page: Page, target: Target, ann: Supporter
) -> None:
    send_letter(page, target, ann)
    clock.clock.move(timedelta(days=15))
    operations.ask_due(by=WORKER)
    db.session.rollback()
    assert (asked(), questions()) == (0, [])
    beside(app, *[ask] * 6)
    assert (asked(), len(questions())) == (1, 1)
    say(Said.NO)
    clock.clock.move(timedelta(days=8))
    beside(app, *[ask] * 6)
    assert asked() == 2


def test_a_run_takes_a_portion_and_the_next_one_goes_on(
    page: Page, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_AT_ONCE", 2)
    for number in range(3):
        send_letter(page, target, make_supporter(f"writer{number}@example.org"))
    ask_after(days=15)
    assert asked() == 2
    ask()
    assert asked() == 3


def test_what_was_pasted_is_replaced_taken_back_and_not_unsaid(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    ask_after(days=15)
    by, asked_ann = supporter(ann.id), questions()[0]
    with transaction():
        operations.tell(asked_ann, "They said no.", by=by)
        operations.mark_read(asked_ann, read=True, by=OPERATOR)
        operations.tell(asked_ann, "They said no.", by=by)
        operations.say(asked_ann, Said.NO, by=by)
    told = questions()[0]
    assert (told.answer, told.said, told.read_at is None) == ("They said no.", Said.YES, False)
    with transaction():
        operations.tell(told, "They said they would look.", by=by)
    assert (questions()[0].answer, questions()[0].read_at) == ("They said they would look.", None)
    with transaction():
        operations.tell(told, "", by=by)
    assert (questions()[0].answer, questions()[0].answered_at, questions()[0].said) == (None, None, Said.YES)


@pytest.mark.requirement("C-38")
def test_an_erased_person_leaves_a_number_and_is_not_asked(page: Page, target: Target, ann: Supporter) -> None:
    send_letter(page, target, ann)
    ask_after(days=15)
    asked_ann = questions()[0]
    with transaction():
        operations.tell(asked_ann, "They said no.", by=supporter(ann.id))
        erase_everything(db.session.get_one(Supporter, ann.id), by=supporter(ann.id))
    left = questions()[0]
    assert (left.answer_sealed, left.answered_at, left.said) == (None, None, Said.YES)
    send_what_is_due()
    bea = make_supporter("bea@example.org")
    send_letter(page, target, bea)
    with transaction():
        erase_everything(db.session.get_one(Supporter, bea.id), by=OPERATOR)
    ask_after(days=15)
    assert asked() == 1
