from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import WORKER, Actor, Role
from actions.clock import clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import agreeing, progress, queries, scheduling, writing
from actions.mailings.models import Mailing, MailingState
from actions.mailings.preflight import MailingNotReady
from actions.staff import second_eyes
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.staff.second_eyes import NotAgreed
from actions.transaction import transaction
from tests.factories.mailings import draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber


@pytest.fixture
def updates(app: Flask) -> MailingList:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 1})
    make_organisation()
    made = make_list()
    for name in ("ada", "bea"):
        make_subscriber(made, f"{name}@example.org")
    return made


@pytest.fixture
def senders(app: Flask) -> list[Staff]:
    made = [make_staff(StaffRole.SENDER, email=f"{name}@open-door.test", name=name) for name in ("ann", "ben")]
    for one in made:
        one.joined_at = clock.now()
    db.session.commit()
    return made


@pytest.fixture
def draft(updates: MailingList, senders: list[Staff]) -> Mailing:
    made = draft_alert(updates, make_page())
    made.tested_at = clock.now()
    db.session.commit()
    return made


def by(member: Staff) -> Actor:
    return Actor(Role.STAFF, member.id)


def agree(draft: Mailing, senders: list[Staff]) -> None:
    ann, ben = senders
    with transaction():
        agreeing.ask(draft, by=by(ann))
    look = second_eyes.waiting()[0]
    with transaction():
        second_eyes.answer(look, agreed=True, by=by(ben))


@pytest.mark.requirement("W-09")
def test_a_large_mailing_goes_after_a_second_persons_yes(draft: Mailing, senders: list[Staff]) -> None:
    ann = by(senders[0])
    with pytest.raises(NotAgreed), transaction():
        scheduling.launch_typed(draft, 2, shown=2, by=ann)
    with pytest.raises(NotAgreed), transaction():
        scheduling.schedule(draft, clock.now().replace(year=2999), by=ann)
    assert draft.state is MailingState.DRAFT
    agree(draft, senders)
    with transaction():
        assert scheduling.launch_typed(draft, 2, shown=2, by=ann)
    assert (draft.state, draft.audience) == (MailingState.SENDING, 2)


@pytest.mark.requirement("W-09")
def test_any_change_of_words_or_audience_voids_the_yes(draft: Mailing, senders: list[Staff]) -> None:
    ann, text = by(senders[0]), queries.texts_of(draft)["en"]
    agree(draft, senders)
    for row, name, value in (
        (text, "subject", "Other"),
        (text, "preheader", "Other"),
        (text, "blocks", [{"type": "divider"}]),
        (draft, "rule", {"kind": "every", "rules": []}),
        (draft, "discreet", True),
    ):
        setattr(row, name, value)
        with pytest.raises(NotAgreed):
            second_eyes.use(agreeing.deed_of(draft, 2), by=ann)
        db.session.rollback()
    second_eyes.use(agreeing.deed_of(draft, 2), by=ann)
    db.session.rollback()
    with transaction():
        writing.revise(draft, words("km"), version=0, by=ann)
    with pytest.raises(NotAgreed):
        agreeing.must_be_agreed(draft, by=ann)


@pytest.mark.requirement("W-09")
def test_an_audience_that_has_grown_is_another(draft: Mailing, updates: MailingList, senders: list[Staff]) -> None:
    agree(draft, senders)
    for number in range(agreeing.DRIFT):
        make_subscriber(updates, f"more-{number}@example.org")
    assert agreeing.agreement_on(draft, 12, senders[0], by=by(senders[0])).is_given  # type: ignore[union-attr]  # it is needed
    make_subscriber(updates, "one-too-many@example.org")
    with pytest.raises(NotAgreed):
        agreeing.must_be_agreed(draft, by=by(senders[0]))


def test_a_small_one_needs_nobody_and_who_may_answer_is_told(draft: Mailing, senders: list[Staff]) -> None:
    ann, ben = senders
    assert agreeing.agreement_on(draft, 1, ann, by=by(ann)) is None
    with transaction():
        agreeing.ask(draft, by=by(ann))
    seen = {one.name: agreeing.agreement_on(draft, 2, one, by=by(one)) for one in senders}
    assert {name: one is not None and one.may_answer for name, one in seen.items()} == {"ann": False, "ben": True}
    ben.role_names = ["editor"]
    again = agreeing.agreement_on(draft, 2, ben, by=by(ben))
    assert again is not None
    assert not again.may_answer


def grow(updates: MailingList, number: int, name: str = "more") -> None:
    for one in range(number):
        make_subscriber(updates, f"{name}-{one}@example.org")


def its_time_comes(draft: Mailing) -> bool:
    with transaction():
        draft.launch_at = clock.now()
    with transaction():
        return scheduling.launch_due(draft, by=WORKER)


def schedule(draft: Mailing, by: Actor) -> None:
    with transaction():
        scheduling.schedule(draft, clock.now() + timedelta(hours=1), by=by)


@pytest.mark.requirement("W-09")
def test_one_that_grew_beyond_the_yes_by_its_time_waits_for_another(
    draft: Mailing, updates: MailingList, senders: list[Staff]
) -> None:
    ann, ben = senders
    agree(draft, senders)
    schedule(draft, by(ann))
    grow(updates, 30)
    assert its_time_comes(draft) is False
    (look,) = second_eyes.waiting()
    assert (look.asked_by, look.number) == (ann.id, 32)
    assert "It waits for a second person" in progress.status(draft).sentence
    assert draft.reach is not None
    assert draft.reach["number"] == 32
    with transaction():
        assert scheduling.launch_due(draft, by=WORKER) is False
    assert len(second_eyes.waiting()) == 1, "one question stands, however often its time is looked at"
    with pytest.raises(second_eyes.OwnRequest):
        second_eyes.answer(look, agreed=True, by=by(ann))
    with transaction():
        second_eyes.answer(look, agreed=True, by=by(ben))
    with transaction():
        assert scheduling.launch_due(draft, by=WORKER) is True
    assert (draft.state, draft.audience) == (MailingState.SENDING, 32)


@pytest.mark.requirement("W-09")
def test_a_yes_is_asked_anew_where_the_audience_outgrows_it_once_more(
    draft: Mailing, updates: MailingList, senders: list[Staff]
) -> None:
    agree(draft, senders)
    schedule(draft, by(senders[0]))
    grow(updates, 30)
    its_time_comes(draft)
    (look,) = second_eyes.waiting()
    with transaction():
        second_eyes.answer(look, agreed=True, by=by(senders[1]))
    grow(updates, 30, "still")
    with transaction():
        assert scheduling.launch_due(draft, by=WORKER) is False
    assert [one.number for one in second_eyes.waiting()] == [62]


@pytest.mark.requirement("W-09")
def test_what_was_small_when_it_was_scheduled_waits_once_it_is_large(
    app: Flask, draft: Mailing, updates: MailingList, senders: list[Staff]
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 2})
    schedule(draft, by(senders[0]))
    grow(updates, 1)
    assert its_time_comes(draft) is False
    assert [one.number for one in second_eyes.waiting()] == [3]


def test_one_that_grew_a_little_goes_at_its_time(draft: Mailing, updates: MailingList, senders: list[Staff]) -> None:
    agree(draft, senders)
    schedule(draft, by(senders[0]))
    grow(updates, agreeing.DRIFT)
    assert agreeing.agreement_on(draft, 12, senders[0], by=by(senders[0])) is None
    assert its_time_comes(draft) is True


def test_a_no_holds_it_and_calling_it_back_forgets_the_yes(
    draft: Mailing, updates: MailingList, senders: list[Staff]
) -> None:
    ann = by(senders[0])
    agree(draft, senders)
    schedule(draft, ann)
    grow(updates, 30)
    its_time_comes(draft)
    (look,) = second_eyes.waiting()
    with transaction():
        second_eyes.answer(look, agreed=False, by=by(senders[1]))
    with transaction():
        assert scheduling.launch_due(draft, by=WORKER) is False
    assert second_eyes.waiting() == []
    with transaction():
        scheduling.unschedule(draft, by=ann)
    assert (draft.agreed_to, draft.scheduled_by) == (None, None)
    with pytest.raises(NotAgreed):
        schedule(draft, ann)


def test_where_nobody_else_may_send_it_waits_all_the_same(
    draft: Mailing, updates: MailingList, senders: list[Staff]
) -> None:
    agree(draft, senders)
    schedule(draft, by(senders[0]))
    grow(updates, 30)
    senders[1].role_names = []
    assert its_time_comes(draft) is False
    clock.move(timedelta(minutes=2))
    assert "it has not started: look at it" in progress.status(draft).sentence


def test_another_number_is_asked_about_anew(draft: Mailing, updates: MailingList, senders: list[Staff]) -> None:
    agree(draft, senders)
    grow(updates, 30)
    with transaction():
        agreeing.ask(draft, by=by(senders[0]))
        agreeing.ask(draft, by=by(senders[0]))
    assert [one.number for one in second_eyes.waiting()] == [32]


def test_nobody_is_asked_about_one_that_could_not_go(draft: Mailing, senders: list[Staff]) -> None:
    queries.texts_of(draft)["en"].subject = ""
    with pytest.raises(MailingNotReady):
        agreeing.ask(draft, by=by(senders[0]))
