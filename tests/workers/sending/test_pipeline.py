import asyncio
import threading

import pytest

from devserver.catcher import Catcher
from tests.factories.relay import CHUNKING, HANG_UP, LOCKSTEP, PIPELINING, ScriptedRelay, running_relay
from tests.factories.transmitting import RETURN_PATH, TEXT, Load, a_message, carry, reach, send
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, Sent, Unknown
from workers.sending.patience import BLOCK, Patience

WAYS = {"one at a time": LOCKSTEP, "pipelining": PIPELINING, "chunking": CHUNKING}
ACCEPTED = Sent(250, "2.0.0")
every_way = pytest.mark.parametrize("ehlo", WAYS.values(), ids=WAYS.keys())
with_data = pytest.mark.parametrize("ehlo", [LOCKSTEP, PIPELINING], ids=["one at a time", "pipelining"])


def many(count: int) -> list[Message]:
    return [a_message(number, b"To: x\r\n\r\n.%d\r\n" % number) for number in range(1, count + 1)]


@pytest.mark.requirement("B-32", "B-50")
def test_a_message_arrives_as_it_is_with_its_return_path() -> None:
    with Catcher() as catcher:
        assert send(catcher.port, a_message()) == [ACCEPTED]
        (mail,) = catcher.await_mails(1)
    assert (mail.mail_from, mail.rcpt_to) == (RETURN_PATH, ("reader@example.org",))
    assert mail.content == TEXT


@every_way
@pytest.mark.requirement("B-32")
def test_one_connection_carries_many_messages_in_their_order(ehlo: bytes) -> None:
    messages = many(50)
    with running_relay(ehlo=ehlo) as relay:
        assert send(relay.port, *messages) == [ACCEPTED] * 50
        assert relay.messages == [message.content for message in messages]
        assert relay.connections == 1
        assert relay.commands[-1] == "QUIT"


@every_way
def test_it_counts_what_it_carried_and_can_be_asked_again(ehlo: bytes) -> None:
    async def twice(port: int) -> tuple[int, int]:
        async with await reach(port) as connection:
            await carry(connection, *many(3))
            first = connection.carried
            await carry(connection)
            await carry(connection, *many(2))
            return first, connection.carried

    with running_relay(ehlo=ehlo) as relay:
        assert asyncio.run(twice(relay.port)) == (3, 5)


def test_pipelining_sends_the_next_envelope_together_with_a_text() -> None:
    """The answer to the first dot is held back, and the next envelope is already there."""
    with running_relay(ehlo=PIPELINING) as relay:
        relay.hold_at = "DOT"
        sending = threading.Thread(target=send, args=(relay.port, *many(2)))
        sending.start()
        assert relay.held.wait(5)
        relay.hold_at = ""
        relay.go_on.set()
        sending.join()
        assert (
            relay.commands[1:7]
            == [
                f"MAIL FROM:<{RETURN_PATH}> SIZE=13",
                "RCPT TO:<reader@example.org>",
                "DATA",
            ]
            * 2
        )


def test_chunking_has_a_few_messages_on_the_way_and_no_more() -> None:
    async def held(relay: ScriptedRelay) -> list[int]:
        async with await reach(relay.port) as connection:
            load = Load(many(20))
            going = asyncio.create_task(connection.transmit(load))
            await asyncio.to_thread(relay.held.wait, 5)
            taken = list(load.taken)
            relay.hold_at = ""
            relay.go_on.set()
            await going
            assert list(load.outcomes.values()) == [ACCEPTED] * 20
            return taken

    with running_relay(ehlo=CHUNKING) as relay:
        relay.hold_at = "BDAT"
        assert asyncio.run(held(relay)) == [1, 2, 3, 4]


def test_letters_go_without_chunking() -> None:
    async def sending(port: int) -> list[Outcome]:
        async with await reach(port, chunking=False) as connection:
            return await carry(connection, *many(3))

    with running_relay(ehlo=CHUNKING) as relay:
        assert asyncio.run(sending(relay.port)) == [ACCEPTED] * 3
        assert not any(command.startswith("BDAT") for command in relay.commands)


@every_way
@pytest.mark.requirement("B-60", "O-07")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (b"450 4.2.0 Later\r\n", Deferred(450, "4.2.0")),
        (b"451-4.7.1 Grey\r\n451 4.7.1 Listed\r\n", Deferred(451, "4.7.1")),
        (b"550 5.1.1 No such mailbox\r\n", Failed(550, "5.1.1")),
        (b"554 No\r\n", Failed(554, None)),
    ],
)
def test_a_refusal_is_about_this_message_alone(ehlo: bytes, step: str, said: bytes, outcome: Outcome) -> None:
    async def refused_then_not(relay: ScriptedRelay) -> None:
        async with await reach(relay.port) as connection:
            assert await carry(connection, a_message()) == [outcome]
            assert connection.is_open
            relay.replies = {"EHLO": ehlo}
            relay.messages.clear()
            assert await carry(connection, *many(2)) == [ACCEPTED] * 2

    answered = "BDAT" if ehlo is CHUNKING and step in {"DATA", "DOT"} else step
    with running_relay(**{"EHLO": ehlo, answered: said}) as relay:
        asyncio.run(refused_then_not(relay))
        assert relay.messages == [message.content for message in many(2)]


@every_way
@pytest.mark.requirement("B-60")
def test_some_recipients_are_refused_and_all_others_get_their_own_message(ehlo: bytes) -> None:
    """Postfix and Exim say the same in test_real_servers.py."""
    messages = [
        a_message(number, b"To: x\r\n\r\n%d\r\n" % number, f"{'no' if number % 3 == 0 else 'yes'}@example.org")
        for number in range(1, 31)
    ]
    with running_relay(ehlo=ehlo) as relay:
        relay.refuses = {"no@example.org": b"550 5.1.1 Nobody\r\n"}
        outcomes = send(relay.port, *messages)
    assert outcomes == [Failed(550, "5.1.1") if n % 3 == 0 else ACCEPTED for n in range(1, 31)]
    assert [text for text in relay.messages if text] == [m.content for m in messages if m.recipient[0] == "y"]


def test_data_without_a_recipient_is_ended_with_nothing() -> None:
    """RFC 2920 §3.1: RCPT was refused and DATA was not."""
    with running_relay(ehlo=PIPELINING, rcpt=b"550 5.1.1 No\r\n") as relay:
        assert send(relay.port, *many(3)) == [Failed(550, "5.1.1")] * 3
        assert relay.messages == [b""] * 3
        assert relay.commands.count("RSET") == 2


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


@every_way
@pytest.mark.requirement("B-60")
def test_too_many_recipients_means_later(ehlo: bytes) -> None:
    with running_relay(ehlo=ehlo, rcpt=b"552 5.2.2 Full\r\n") as relay:
        assert send(relay.port, a_message()) == [Deferred(552, "5.2.2")]


@every_way
@pytest.mark.parametrize("said", [b"530 5.7.0 Authenticate first\r\n", b"535 5.7.8 Who?\r\n"])
def test_a_refusal_of_ourselves_fails_nobody(ehlo: bytes, said: bytes) -> None:
    async def refused(port: int) -> tuple[list[Outcome], bool]:
        connection = await reach(port)
        outcomes = await carry(connection, *many(3))
        return outcomes, connection.is_open

    with running_relay(ehlo=ehlo, mail=said) as relay:
        outcomes, is_open = asyncio.run(refused(relay.port))
    assert not is_open
    assert {type(outcome) for outcome in outcomes} == {Deferred}


@pytest.mark.requirement("O-15")
def test_a_message_above_the_announced_size_is_put_off_and_never_sent() -> None:
    ehlo = b"250-relay.test\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"
    with running_relay(ehlo=ehlo) as relay:
        outcomes = send(relay.port, a_message(1), a_message(2, b"x" * 1001), a_message(3))
        assert outcomes == [ACCEPTED, Deferred(552, "5.3.4"), ACCEPTED]
        assert len(relay.messages) == 2


@every_way
@pytest.mark.requirement("O-15")
def test_a_size_that_is_refused_at_mail_is_the_relays_limit(ehlo: bytes) -> None:
    with running_relay(ehlo=ehlo, mail=b"552 Message size exceeds fixed limit\r\n") as relay:
        (outcome,) = send(relay.port, a_message())
    assert isinstance(outcome, Deferred)
    assert outcome.is_about_relay


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


def test_a_closed_connection_takes_nothing() -> None:
    async def late(port: int) -> list[Outcome]:
        connection = await reach(port)
        await connection.close()
        return await carry(connection, a_message())

    with running_relay() as relay:
        assert asyncio.run(late(relay.port)) == []


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


@pytest.mark.requirement("B-35")
def test_smtputf8_is_declared_where_it_is_offered_and_needed() -> None:
    khmer = a_message(1, "To: ស្រី@example.org\r\n\r\nx\r\n".encode(), "ស្រី@example.org")
    with Catcher() as catcher:
        assert send(catcher.port, khmer) == [ACCEPTED]
        assert catcher.await_mails(1)[0].rcpt_to == ("ស្រី@example.org",)
    with Catcher(smtputf8=False) as catcher:
        assert send(catcher.port, khmer, a_message(2)) == [Failed(None, "5.6.7"), ACCEPTED]


@every_way
@pytest.mark.requirement("O-05")
def test_what_may_no_longer_be_sent_is_not_begun(ehlo: bytes) -> None:
    async def sending(port: int) -> Load:
        async with await reach(port) as connection:
            load = Load(many(3), may_send=lambda: False)
            await connection.transmit(load)
            assert connection.is_open
            return load

    with running_relay(ehlo=ehlo) as relay:
        load = asyncio.run(sending(relay.port))
        assert relay.commands == ["EHLO mail.open-door.test", "QUIT"]
    assert list(load.outcomes.values()) == [NotDelivered(Phase.DATA)] * 3
    assert load.past == []


@with_data
@pytest.mark.requirement("O-05")
def test_a_lease_that_lapses_before_the_text_holds_it_back(ehlo: bytes) -> None:
    answers = iter([True, *[False] * 10])

    async def sending(port: int) -> Load:
        async with await reach(port) as connection:
            load = Load(many(1), may_send=lambda: next(answers))
            await connection.transmit(load)
            assert not connection.is_open
            return load

    with running_relay(ehlo=ehlo) as relay:
        load = asyncio.run(sending(relay.port))
        assert relay.messages == []
    assert load.outcomes == {1: NotDelivered(Phase.DATA)}
    assert load.past == []


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


class _Broken(Exception):
    pass


def test_an_error_of_who_gave_the_work_is_theirs() -> None:
    class Breaking(Load):
        def past_dot(self, message: Message) -> None:
            super().past_dot(message)
            raise _Broken

    async def sending(port: int) -> Breaking:
        connection, load = await reach(port), Breaking(many(2))
        with pytest.raises(_Broken):
            await connection.transmit(load)
        assert not connection.is_open
        return load

    with running_relay(ehlo=PIPELINING) as relay:
        load = asyncio.run(sending(relay.port))
        assert relay.messages == []
    assert sorted(load.outcomes) == load.taken


@every_way
def test_a_long_text_goes_whole_and_so_does_what_follows(ehlo: bytes) -> None:
    long = (b"." * 70 + b"\r\n") * (10 * BLOCK // 72)
    messages = [a_message(1, long), *[a_message(number) for number in range(2, 5)], a_message(5, long)]
    with running_relay(ehlo=ehlo) as relay:
        assert send(relay.port, *messages) == [ACCEPTED] * 5
        assert relay.messages == [message.content for message in messages]


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
