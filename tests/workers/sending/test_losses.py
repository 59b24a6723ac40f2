"""What is known of each message when the connection to the relay breaks, falls silent or talks nonsense."""

import asyncio
import threading

import pytest

from devserver.catcher import Catcher
from tests.factories.relay import CHUNKING, HANG_UP, PIPELINING, ScriptedRelay, running_relay
from tests.factories.transmitting import ACCEPTED, Load, a_message, carry, every_way, many, reach, send, with_data
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, Unknown
from workers.sending.patience import Patience


@every_way
@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_closes_and_defers(ehlo: bytes, step: str) -> None:
    answered = "BDAT" if ehlo is CHUNKING and step in {"DATA", "DOT"} else step
    with running_relay(**{"EHLO": ehlo, answered: b"421 4.3.2 Closing\r\n"}) as relay:
        first, *others = send(relay.port, *many(5))
    assert first == Deferred(421, "4.3.2")
    assert others == [NotDelivered(Phase.MAIL)] * len(others)


@every_way
@pytest.mark.requirement("B-60")
def test_a_relay_that_has_had_enough_of_a_connection_loses_nobody(ehlo: bytes) -> None:
    """What it did not answer was not delivered, and the next connection may carry it."""
    with running_relay(ehlo=ehlo, mail=b"421 4.7.0 Enough\r\n") as relay:
        relay.after = 3
        outcomes = send(relay.port, *many(10))
        assert outcomes[:4] == [ACCEPTED] * 3 + [Deferred(421, "4.7.0")]
        assert set(outcomes[4:]) <= {NotDelivered(Phase.MAIL)}
        assert len(relay.messages) == 3


@with_data
@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_dot_delivered_nothing(ehlo: bytes, step: str) -> None:
    with running_relay(**{"EHLO": ehlo, step: HANG_UP}) as relay:
        assert send(relay.port, a_message()) == [NotDelivered(Phase(step.lower()))]
        assert relay.messages == []


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "BDAT"])
def test_with_chunking_everything_on_the_way_is_unknown(step: str) -> None:
    with running_relay(**{"EHLO": CHUNKING, step: HANG_UP}) as relay:
        outcomes = send(relay.port, *many(10))
    assert outcomes == [Unknown()] * 4


@with_data
@pytest.mark.requirement("O-07", "L-08")
def test_a_connection_lost_after_the_dot_leaves_one_unknown(ehlo: bytes) -> None:
    with running_relay(ehlo=ehlo, dot=HANG_UP) as relay:
        first, *others = send(relay.port, *many(5))
        assert len(relay.messages) == 1
    assert first == Unknown()
    assert others == [NotDelivered(Phase.MAIL)] * len(others)


@pytest.mark.requirement("O-07")
def test_a_connection_cut_in_the_middle_of_the_text_delivered_nothing() -> None:
    with Catcher() as catcher:
        catcher.rules.drop_before_dot = True
        # What the kernel still takes of a big text cannot hide that the other side is gone.
        assert send(catcher.port, a_message(1, b"x" * 70 * 200_000)) == [NotDelivered(Phase.DATA)]
        assert catcher.received == []


@pytest.mark.requirement("O-07")
def test_a_connection_cut_in_the_middle_of_a_chunk_delivered_nothing() -> None:
    with running_relay(ehlo=CHUNKING, rcpt=HANG_UP) as relay:
        (outcome,) = send(relay.port, a_message(1, (b"x" * 70 + b"\r\n") * 200_000))
    assert outcome == NotDelivered(Phase.RCPT)


@every_way
@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("garbage", [b"\x00\xff\r\n", b"hello\r\n", b"354 Go ahead\r\n", b"250-x\r\n" * 300])
def test_a_garbled_answer_to_the_dot_leaves_it_unknown(ehlo: bytes, garbage: bytes) -> None:
    with running_relay(**{"EHLO": ehlo, "BDAT" if ehlo is CHUNKING else "DOT": garbage}) as relay:
        assert send(relay.port, a_message()) == [Unknown()]


@with_data
def test_a_relay_out_of_step_gets_no_text(ehlo: bytes) -> None:
    with running_relay(ehlo=ehlo, data=b"250 2.0.0 Ok\r\n") as relay:
        assert send(relay.port, a_message()) == [NotDelivered(Phase.DATA)]
        assert relay.messages == []


@with_data
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_an_answer_too_many_gets_no_text(ehlo: bytes, step: str) -> None:
    """It would be taken for the answer to what comes next."""
    usual = b"354 Go ahead\r\n" if step == "DATA" else b"250 2.1.0 Ok\r\n"
    with running_relay(**{"EHLO": ehlo, step: usual + b"250 2.0.0 Ok\r\n"}) as relay:
        (outcome,) = send(relay.port, a_message())
        assert isinstance(outcome, NotDelivered)
        assert relay.messages == []


@with_data
@pytest.mark.parametrize("more", [b"421 4.3.2 Going down\r\n", b"250 2.0.0 Ok\r\n"])
def test_what_is_said_when_nothing_is_asked_closes_it_and_changes_nothing(ehlo: bytes, more: bytes) -> None:
    async def idle(port: int) -> tuple[list[Outcome], bool]:
        async with await reach(port) as connection:
            return await carry(connection, a_message()), connection.is_open

    with running_relay(ehlo=ehlo, dot=b"250 2.0.0 Ok\r\n" + more) as relay:
        assert asyncio.run(idle(relay.port)) == ([ACCEPTED], False)


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("said", [b"421 4.4.2 Bad timing\r\n", b"500 What?\r\n", HANG_UP, b"garbage\r\n"])
def test_what_is_answered_to_quit_does_not_matter(said: bytes) -> None:
    with running_relay(quit=said) as relay:
        assert send(relay.port, a_message()) == [ACCEPTED]


@every_way
@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("said", [b"502 What?\r\n", HANG_UP])
def test_a_relay_that_cannot_reset_gets_nothing_mixed_up(ehlo: bytes, said: bytes) -> None:
    answered = "BDAT" if ehlo is CHUNKING else "RCPT"
    with running_relay(**{"EHLO": ehlo, answered: b"550 5.1.1 No\r\n", "RSET": said}) as relay:
        first, *others = send(relay.port, *many(2))
    assert first == Failed(550, "5.1.1")
    assert set(others) <= ({Unknown()} if ehlo is CHUNKING else {NotDelivered(Phase.MAIL)})


@every_way
@pytest.mark.requirement("B-61")
def test_the_dot_has_its_own_patience(ehlo: bytes) -> None:
    patience = Patience(connect=2, command=0.3, data=0.3, block=2, dot=5, quit=0.2)
    with running_relay(ehlo=ehlo) as relay:
        relay.hold_at = "BDAT" if ehlo is CHUNKING else "DOT"
        threading.Timer(0.7, relay.go_on.set).start()
        assert send(relay.port, a_message(), patience=patience) == [ACCEPTED]


@every_way
def test_a_dot_without_answer_is_unknown_after_its_time(ehlo: bytes) -> None:
    patience = Patience(connect=2, command=2, data=2, block=2, dot=0.2, quit=0.2)
    with running_relay(ehlo=ehlo) as relay:
        relay.hold_at = "BDAT" if ehlo is CHUNKING else "DOT"
        assert send(relay.port, a_message(), patience=patience) == [Unknown()]


@with_data
def test_a_command_without_answer_is_not_delivered_after_its_time(ehlo: bytes) -> None:
    patience = Patience(connect=2, command=0.2, data=2, block=2, dot=5, quit=0.2)
    with running_relay(ehlo=ehlo) as relay:
        relay.hold_at = "RCPT"
        assert send(relay.port, a_message(), patience=patience) == [NotDelivered(Phase.RCPT)]


@every_way
@pytest.mark.requirement("O-10")
@pytest.mark.parametrize("step", ["MAIL", "DOT"])
def test_cancelled_it_says_first_what_became_of_all_that_was_taken(ehlo: bytes, step: str) -> None:
    async def cancelled(relay: ScriptedRelay) -> list[Outcome]:
        connection, load = await reach(relay.port), Load(many(9))
        going = asyncio.create_task(connection.transmit(load))
        await asyncio.to_thread(relay.held.wait, 5)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        assert sorted(load.outcomes) == load.taken
        assert not connection.is_open
        return list(load.outcomes.values())

    with running_relay(ehlo=ehlo) as relay:
        relay.hold_at = "BDAT" if ehlo is CHUNKING and step == "DOT" else step
        outcomes = asyncio.run(cancelled(relay))
    if ehlo is CHUNKING:
        assert outcomes == [Unknown()] * 4
    elif step == "MAIL":
        assert outcomes == [NotDelivered(Phase.MAIL)]
    else:
        assert outcomes == [Unknown(), NotDelivered(Phase.MAIL)][: len(outcomes)]


def test_a_relay_that_does_not_read_ends_the_connection() -> None:
    patience = Patience(connect=2, command=2, data=2, block=0.001, dot=2, quit=0.2)
    with running_relay(ehlo=PIPELINING) as relay:
        relay.hold_at = "TEXT"
        assert send(relay.port, a_message(1, b"x" * 20_000_000), patience=patience) == [NotDelivered(Phase.DATA)]
        relay.go_on.set()


def test_nothing_waits_between_two_loads_for_a_relay_to_speak() -> None:
    async def resting(port: int) -> bool:
        patience = Patience(connect=2, command=0.1, data=0.1, block=0.1, dot=0.1, quit=0.2)
        async with await reach(port, patience) as connection:
            await carry(connection, a_message())
            await asyncio.sleep(0.4)
            return connection.is_open

    with running_relay(ehlo=PIPELINING) as relay:
        assert asyncio.run(resting(relay.port))
