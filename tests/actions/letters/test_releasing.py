from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from actions import clock
from actions.actors import WORKER
from actions.deliveries.kinds import kind_of
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.queries import about
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.letters.releasing import reason_of, release_due
from actions.pages.models import Page
from actions.supporters.operations import erase
from actions.targets.models import DAYS, DeliveryMode, Target, WaitsWhy
from tests.factories import engine
from tests.factories.deliveries import let_leases_lapse, state_of
from tests.factories.letters import delivery_of, end_delivery, let_arrive, make_letter, make_letters, make_supporter
from tests.factories.pages import make_page, make_target
from workers.sending.ledger import Verdict


def released(page: Page, target: Target) -> Letter:
    letter = make_letter(page, target, make_supporter())
    assert release_due(by=WORKER) == 1
    db.session.commit()
    return letter


def mails(letter: Letter, kind: str) -> int:
    return len(about(kind, letter.id))


def test_a_released_letter_is_a_delivery_to_its_target_and_never_sent_twice(page: Page, target: Target) -> None:
    delivery = delivery_of(released(page, target))
    assert (delivery.target_id, delivery.lane, delivery.state) == (target.id, Lane.LETTERS, DeliveryState.QUEUED)
    assert not kind_of(delivery.kind).repeats_unknown
    assert release_due(by=WORKER) == 0


@pytest.mark.requirement("L-09")
def test_letters_never_go_faster_than_their_target_takes_them(page: Page, target: Target) -> None:
    target.max_per_hour, target.max_per_day = 24, 30
    make_letters(page, target, 40)
    per_minute = []
    for _ in range(26 * 60 // 5):
        per_minute.append(release_due(by=WORKER))
        let_arrive()
        clock.clock.move(timedelta(minutes=5, seconds=1))
    assert max(per_minute) == 2
    hours = [sum(per_minute[start : start + 11]) for start in range(len(per_minute))]
    assert max(hours) <= 24
    day = 24 * 60 // 5 - 1
    assert max(sum(per_minute[start : start + day]) for start in range(len(per_minute) - day)) <= 30
    assert sum(per_minute) == 40


@pytest.mark.requirement("L-09")
def test_of_one_writer_no_more_go_than_their_day_allows(app: Flask, page: Page) -> None:
    """To several offices, and from two pages to one of them."""
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"writer_letters_a_day": 3})
    offices = [make_target(f"office-{number}", email=f"office{number}@embassy.test") for number in range(3)]
    pages = [make_page(slug, targets=offices) for slug in ("one", "two")]
    writer = make_supporter()
    theirs = [make_letter(one, office, writer) for one in pages for office in offices]
    another = make_letter(pages[0], offices[0], make_supporter("bob@example.org"))
    db.session.commit()
    went = []
    for _ in range(2):
        went.append(release_due(by=WORKER))
        db.session.commit()
        clock.clock.move(timedelta(minutes=5))
    assert another.state is LetterState.RELEASED
    assert sum(went) == 3 + 1
    clock.clock.move(timedelta(days=1))
    assert release_due(by=WORKER) == 3
    assert all(letter.state is LetterState.RELEASED for letter in theirs)


@pytest.mark.requirement("L-09")
def test_until_a_portion_has_arrived_no_other_is_on_its_way(page: Page, target: Target) -> None:
    target.max_per_hour = 24
    make_letters(page, target, 5)
    assert release_due(by=WORKER) == 2
    clock.clock.move(timedelta(hours=3))
    assert release_due(by=WORKER) == 0
    let_arrive()
    clock.clock.move(timedelta(minutes=4))
    assert release_due(by=WORKER) == 0
    clock.clock.move(timedelta(minutes=2))
    assert release_due(by=WORKER) == 2


@pytest.mark.requirement("L-09")
def test_a_full_mailbox_makes_the_rest_wait(page: Page, target: Target) -> None:
    first, *_ = make_letters(page, target, 10)
    target.max_per_hour = 12
    assert release_due(by=WORKER) == 1
    delivery = delivery_of(first)
    delivery.state, delivery.reply_code, delivery.reply_status = DeliveryState.DEFERRED, 452, "4.2.2"
    db.session.commit()
    clock.clock.move(timedelta(minutes=10))
    assert release_due(by=WORKER) == 0
    end_delivery(delivery, DeliveryState.SENT)
    clock.clock.move(timedelta(minutes=6))
    assert release_due(by=WORKER) == 1


@pytest.mark.requirement("L-09")
@pytest.mark.parametrize("change", [datetime(2027, 3, 14, tzinfo=UTC), datetime(2027, 11, 7, tzinfo=UTC)])
def test_over_a_week_in_which_the_clocks_change_letters_go_in_office_hours_alone(
    page: Page, target: Target, change: datetime
) -> None:
    clock.clock.move(change - timedelta(days=3) - clock.now())
    page.action_until = None
    target.opens_at, target.closes_at, target.open_days = time(9), time(10), list(DAYS[:5])
    target.max_per_hour, target.max_per_day = 24, 9
    make_letters(page, target, 24)
    released: list[datetime] = []
    for _ in range(7 * 24 * 2):
        released += [clock.now().astimezone(ZoneInfo(target.timezone))] * release_due(by=WORKER)
        let_arrive()
        clock.clock.move(timedelta(minutes=30))
    assert {moment.hour for moment in released} == {9}
    assert max(moment.weekday() for moment in released) == 4
    days = [moment.date() for moment in released]
    assert [days.count(day) for day in sorted(set(days))] == [4, 4, 4, 4, 4]
    assert len({moment.utcoffset() for moment in released}) == 2


def test_letters_end_with_what_the_target_takes_in_all(page: Page, target: Target) -> None:
    target.max_per_hour, target.max_in_total = 600, 3
    first, *_ = make_letters(page, target, 5)
    assert release_due(by=WORKER) == 3
    clock.clock.move(timedelta(days=2))
    assert release_due(by=WORKER) == 0
    # What never reached it leaves its place to another.
    end_delivery(delivery_of(first), DeliveryState.FAILED, reply_code=450, reply_status="4.4.1")
    assert release_due(by=WORKER) == 1


def test_the_second_of_two_letters_that_bounce_hard_makes_the_rest_wait(page: Page, target: Target) -> None:
    make_letters(page, target, 5)
    assert release_due(by=WORKER) == 5
    db.session.commit()
    first, second, *_ = db.session.scalars(select(Letter).where(Letter.state == LetterState.RELEASED))
    end_delivery(delivery_of(first), DeliveryState.FAILED, reply_code=550)
    assert db.session.get_one(Target, target.id).waits_since is None
    end_delivery(delivery_of(second), DeliveryState.FAILED, reply_code=550)
    assert db.session.get_one(Target, target.id).waits_why is WaitsWhy.BOUNCED


def test_a_target_that_waits_gets_nothing(page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    target.waits_since = clock.now()
    db.session.commit()
    assert release_due(by=WORKER) == 0


@pytest.mark.requirement("L-06")
def test_a_letter_changed_while_it_waited_is_held_and_not_sent(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    db.session.execute(update(Letter).values(name_shown="initials"))
    db.session.commit()
    db.session.expire_all()
    assert release_due(by=WORKER) == 0
    assert letter.state is LetterState.HELD
    assert db.session.scalar(select(func.count()).select_from(Delivery).where(Delivery.kind == "letter_to_target")) == 0


def test_a_letter_whose_target_takes_no_more_email_goes_back_to_its_writer(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    target.delivery = DeliveryMode.POST
    db.session.commit()
    assert release_due(by=WORKER) == 0
    assert letter.state is LetterState.CANCELLED
    assert mails(letter, "letter_returned") == 1


def test_a_letter_that_was_sent_has_ended_and_its_writer_gets_a_copy(page: Page, target: Target) -> None:
    letter = released(page, target)
    end_delivery(delivery_of(letter), DeliveryState.SENT, reply_code=250)
    assert letter.state is LetterState.SENT
    assert letter.ended_at is not None
    assert mails(letter, "letter_receipt") == 1


@pytest.mark.requirement("L-16")
@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (550, "5.1.1", "no_such_mailbox"),
        (552, "5.2.2", "mailbox_full"),
        (452, "4.2.2", "mailbox_full"),
        (554, "5.7.1", "refused"),
        (550, None, "refused"),
        (451, "4.3.0", "unreachable"),
        (None, None, "unreachable"),
    ],
)
def test_a_letter_that_fails_goes_back_once_with_the_reason(
    page: Page, target: Target, code: int | None, status: str | None, reason: str
) -> None:
    letter = released(page, target)
    delivery = delivery_of(letter)
    end_delivery(delivery, DeliveryState.FAILED, reply_code=code, reply_status=status)
    assert reason_of(delivery) == reason
    assert letter.state is LetterState.FAILED
    assert mails(letter, "letter_returned") == 1
    assert (target.waits_since is not None) == (status in {"5.1.1", "5.2.2", "4.2.2", "5.7.1"})


@pytest.mark.requirement("L-08")
def test_a_letter_of_which_nobody_knows_waits_for_a_person(page: Page, target: Target) -> None:
    letter = released(page, target)
    end_delivery(delivery_of(letter), DeliveryState.UNKNOWN)
    assert letter.state is LetterState.UNKNOWN
    assert release_due(by=WORKER) == 0
    assert mails(letter, "letter_receipt") + mails(letter, "letter_returned") == 0


@pytest.mark.requirement("L-08")
def test_an_answer_that_comes_late_neither_sends_it_again_nor_calls_it_cancelled(page: Page, target: Target) -> None:
    letter = released(page, target)
    delivery = delivery_of(letter)
    claimed = engine.on_the_wire(delivery)
    let_leases_lapse()
    engine.expire()
    for put_off in (DeliveryState.DEFERRED, DeliveryState.QUEUED):
        engine.settle(Verdict(delivery.id, claimed.fence, put_off, due_at=clock.now(), code=451))
    engine.requeue()
    assert engine.claim(Lane.LETTERS) == []
    assert state_of(delivery).state is DeliveryState.UNKNOWN
    db.session.refresh(letter)
    assert letter.state is LetterState.UNKNOWN
    on_outcome = kind_of(delivery.kind).on_outcome
    assert on_outcome is not None
    on_outcome(delivery, DeliveryState.CANCELLED)
    assert letter.state is LetterState.UNKNOWN
    engine.settle(Verdict(delivery.id, claimed.fence, DeliveryState.SENT, code=250))
    db.session.refresh(letter)
    assert (letter.state, mails(letter, "letter_receipt")) == (LetterState.SENT, 1)


def test_a_letter_that_nobody_can_be_sent_goes_back(page: Page, target: Target) -> None:
    letter = released(page, target)
    target.email = None
    delivery = delivery_of(letter)
    delivery.state = DeliveryState.CANCELLED
    db.session.flush()
    on_outcome = kind_of(delivery.kind).on_outcome
    assert on_outcome is not None
    on_outcome(delivery, DeliveryState.CANCELLED)
    assert letter.state is LetterState.FAILED
    assert mails(letter, "letter_returned") == 1


def test_what_could_not_be_put_together_is_cancelled_without_a_word(page: Page, target: Target) -> None:
    letter = released(page, target)
    delivery = delivery_of(letter)
    on_outcome = kind_of(delivery.kind).on_outcome
    assert on_outcome is not None
    on_outcome(delivery, DeliveryState.CANCELLED)
    assert letter.state is LetterState.CANCELLED
    assert mails(letter, "letter_returned") == 0


def test_an_erased_writer_is_told_nothing(page: Page, target: Target) -> None:
    ann = make_supporter()
    letter = make_letter(page, target, ann)
    release_due(by=WORKER)
    erase(ann, by=WORKER)
    end_delivery(delivery_of(letter), DeliveryState.SENT, reply_code=250)
    assert letter.state is LetterState.SENT
    assert mails(letter, "letter_receipt") == 0
