import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.clock import clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import agreeing, queries, scheduling, writing
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


def test_nobody_is_asked_about_one_that_could_not_go(draft: Mailing, senders: list[Staff]) -> None:
    queries.texts_of(draft)["en"].subject = ""
    with pytest.raises(MailingNotReady):
        agreeing.ask(draft, by=by(senders[0]))
