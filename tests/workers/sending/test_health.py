from collections.abc import Iterator

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.deliveries import relays
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.mailings import operations, progress
from actions.mailings.models import Mailing, MailingState
from tests.factories.deliveries import make_delivery, make_mailing, state_of
from workers.sending import health
from workers.sending.health import ENOUGH, Health, health_of
from workers.sending.outcomes import Deferred, Failed, Outcome, Phase, RelayAway, Sent, Trouble

OK, DEAD, DENIED, NO = Sent(250, "2.0.0"), Failed(550, "5.1.1"), Failed(554, "5.7.1"), Failed(550, None)
LATER = Deferred(451, "4.7.1")


@pytest.fixture
def relay(app: Flask) -> Health:
    return Health("mail.example.org:587")


def judged(relay: Health, *outcomes: Outcome) -> list[Outcome]:
    return [relay.judge(outcome) for outcome in outcomes]


def troubles() -> list[str]:
    return [relays.sentence(trouble) for trouble in relays.troubles()]


@pytest.mark.parametrize("answer", [DEAD, NO, Failed(553, "5.1.3"), Failed(None, "5.6.0")])
def test_a_recipient_that_is_not_there_has_failed(relay: Health, answer: Outcome) -> None:
    assert relay.judge(answer) == answer


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize("answer", [DENIED, Failed(550, "5.7.26"), Failed(554, None), Failed(530, "5.7.0")])
def test_a_refusal_that_may_be_about_us_only_puts_off_until_the_relay_has_taken_some(
    relay: Health, answer: Failed
) -> None:
    assert isinstance(relay.judge(answer), Deferred)
    judged(relay, OK, OK)
    assert relay.judge(answer) == answer


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize("answer", [DEAD, DENIED, NO])
def test_a_relay_that_takes_one_in_a_thousand_pauses_the_mailing_and_fails_nobody(
    relay: Health, answer: Failed
) -> None:
    mailing = make_mailing(audience=80)
    rows = [make_delivery(lane=Lane.BULK, kind="newsletter", mailing_id=mailing.id) for _ in range(80)]
    outcomes = judged(relay, OK, *[answer] * 79)
    assert relay.is_refusing
    record(rows, outcomes)
    relay.record()
    assert mailing_now(mailing).state is MailingState.PAUSED
    assert {state_of(row).state for row in rows[1:]} <= {DeliveryState.QUEUED, DeliveryState.DEFERRED}
    assert state_of(rows[0]).state is DeliveryState.SENT
    said = progress.status(mailing_now(mailing)).sentence
    assert "nobody was marked as failed" in said
    assert "mail.example.org:587 refuses nearly everybody" in said
    assert "Ask its operator why, then resume them." in said


def record(rows: list[Delivery], outcomes: list[Outcome]) -> None:
    """As the ledger does it."""
    states = {Sent: DeliveryState.SENT, Failed: DeliveryState.FAILED, Deferred: DeliveryState.DEFERRED}
    now = health.clock.now()
    for row, outcome in zip(rows, outcomes, strict=True):
        row.state = states[type(outcome)]  # type: ignore[index]  # no other comes here
        row.reply_code = getattr(outcome, "code", None)
        row.ended_at = None if isinstance(outcome, Deferred) else now
    health.mailings.db.session.commit()


def mailing_now(mailing: Mailing) -> Mailing:
    health.mailings.db.session.expire_all()
    return health.mailings.db.session.get_one(Mailing, mailing.id)


def test_answers_that_come_after_the_pause_put_off_as_well(relay: Health) -> None:
    judged(relay, *[DEAD] * ENOUGH)
    assert all(isinstance(outcome, Deferred) for outcome in judged(relay, *[DEAD] * ENOUGH))


def test_who_resumes_at_once_is_not_paused_again_for_the_same_trouble(relay: Health) -> None:
    mailing = make_mailing(audience=0)
    judged(relay, *[DEAD] * ENOUGH)
    relay.record()
    operations.resume(mailing_now(mailing), by=OPERATOR)
    health.mailings.db.session.commit()
    judged(relay, DEAD)
    relay.record()
    assert mailing_now(mailing).state is MailingState.SENDING


def test_a_list_with_many_dead_addresses_is_not_the_relay_s_fault(relay: Health) -> None:
    answers = judged(relay, *[OK, DEAD, DEAD, DEAD] * 50)
    assert answers.count(DEAD) == 150
    assert not relay.is_refusing


@pytest.mark.requirement("O-15")
def test_what_keeps_the_relay_away_is_written_down_and_ends_with_the_first_mail(relay: Health) -> None:
    relay.away(RelayAway(Phase.AUTH, "it refuses our login: 535 5.7.8 for ada@example.org", Trouble.LOGIN))
    relay.record()
    (said,) = troubles()
    assert said.startswith("The relay mail.example.org:587 refuses our login (since ")
    assert "535 5.7.8" in said
    assert "ada@" not in said
    assert said.endswith("Are user and password in SMTP_URL those that it knows?")
    relay.judge(OK)
    relay.record()
    assert troubles() == []


@pytest.mark.requirement("O-15")
def test_a_limit_below_our_message_is_said(relay: Health) -> None:
    relay.judge(Deferred(552, "5.3.4"))
    relay.record()
    assert "takes no message as large as ours (since " in troubles()[0]


@pytest.mark.requirement("O-15")
def test_a_relay_that_puts_off_everything_is_said_and_pauses_nothing(relay: Health) -> None:
    mailing = make_mailing(audience=0)
    judged(relay, *[LATER] * 200)
    relay.record()
    assert "puts off nearly everything" in troubles()[0]
    assert "It said: 451 4.7.1." in troubles()[0]
    assert mailing_now(mailing).state is MailingState.SENDING
    judged(relay, *[OK] * 100)
    relay.record()
    assert troubles() == []


def test_the_same_is_written_once_in_a_while(relay: Health) -> None:
    for _ in range(5):
        relay.away(RelayAway(Phase.CONNECT, "nobody answers"))
        relay.record()
    (one,) = relays.troubles()
    assert one.times == 1


def test_a_process_knows_one_health_of_a_relay() -> None:
    assert health_of("a:25") is health_of("a:25")
    assert health_of("a:25") is not health_of("b:25")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    health_of.cache_clear()


@pytest.mark.parametrize("trouble", [*Trouble, health.REFUSES_ALL, health.PUTS_OFF_ALL, health.TOO_LARGE_FOR_IT])
def test_every_trouble_has_its_advice(trouble: str) -> None:
    assert relays.ADVICE[str(trouble)].count(". ") >= 1
