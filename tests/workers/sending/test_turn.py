import pytest

from tests.factories.transmitting import a_message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, Sent, Unknown
from workers.sending.replies import Reply
from workers.sending.turn import OutOfStep, Step, Turn, verdict


def a_turn(*codes: int, resets: bool = False, has_data: bool = True) -> Turn:
    turn = Turn(a_message(), begins_with_reset=resets, has_data=has_data)
    for code in codes:
        turn.hear(Reply(code, ("",)))
    return turn


def test_each_answer_leads_to_the_next_step() -> None:
    steps = [a_turn(*(250, 250, 250)[:heard], resets=True).step for heard in range(4)]
    assert steps == [Step.RESET, Step.MAIL, Step.RCPT, Step.DATA]
    assert a_turn(250, 250, 354).step is Step.DOT
    assert a_turn(250, 250, has_data=False).step is Step.DOT
    done = a_turn(250, 250, 354, 250)
    assert (done.step, done.outcome) == (Step.END, Sent(250, None))


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize(
    ("codes", "phase"),
    [((), Phase.MAIL), ((250,), Phase.RCPT), ((250, 250), Phase.DATA), ((250, 250, 354), Phase.DATA)],
)
def test_lost_before_the_dot_it_was_not_delivered(codes: tuple[int, ...], phase: Phase) -> None:
    assert a_turn(*codes).lost() == NotDelivered(phase)


@pytest.mark.requirement("O-07")
def test_lost_behind_the_dot_nobody_knows() -> None:
    turn = a_turn(250, 250, 354)
    turn.is_past_dot = True
    assert turn.lost() == Unknown()


@pytest.mark.requirement("B-60")
def test_the_first_refusal_counts_whatever_follows() -> None:
    assert a_turn(250, 550, 354, 250).outcome == Failed(550, None)
    assert a_turn(451, 503, 503).outcome == Deferred(451, None)
    assert a_turn(250, 550).lost() == Failed(550, None)


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("codes", [(354,), (250, 354), (250, 250, 250), (250, 250, 354, 354), (334,), (250, 399)])
def test_an_answer_to_something_else_is_out_of_step(codes: tuple[int, ...]) -> None:
    with pytest.raises(OutOfStep):
        a_turn(*codes)


def test_a_relay_that_cannot_reset_is_out_of_step() -> None:
    with pytest.raises(OutOfStep):
        a_turn(502, resets=True)


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize(
    ("code", "text", "phase", "outcome"),
    [
        (450, "4.2.0 x", Phase.RCPT, Deferred(450, "4.2.0")),
        (550, "5.1.1 x", Phase.RCPT, Failed(550, "5.1.1")),
        (552, "5.2.2 x", Phase.RCPT, Deferred(552, "5.2.2")),
        (552, "5.2.2 x", Phase.DOT, Failed(552, "5.2.2")),
        (552, "too big", Phase.MAIL, Deferred(552, "5.3.4")),
        (552, "5.3.4 x", Phase.DOT, Deferred(552, "5.3.4")),
        (530, "5.7.0 x", Phase.MAIL, Deferred(530, "5.7.0")),
        (535, "x", Phase.DOT, Deferred(535, None)),
    ],
)
def test_a_refusal_says_what_to_do_next(code: int, text: str, phase: Phase, outcome: Outcome) -> None:
    assert verdict(Reply(code, (text,)), phase) == outcome
