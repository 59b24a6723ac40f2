import asyncio
import threading

import pytest

from devserver.catcher import Catcher
from tests.factories.relay import CHUNKING, PIPELINING, ScriptedRelay, running_relay
from tests.factories.transmitting import (
    ACCEPTED,
    RETURN_PATH,
    TEXT,
    Load,
    a_message,
    carry,
    every_way,
    many,
    reach,
    send,
    with_data,
)
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase
from workers.sending.patience import BLOCK


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


@pytest.mark.parametrize(("greeting", "most"), [(b"220 x ESMTP\r\n", 8), (b"220 x ESMTP Postfix\r\n", 99)])
def test_resets_between_messages_are_few_where_they_may_be_counted(greeting: bytes, most: int) -> None:
    with running_relay(ehlo=CHUNKING, connect=greeting) as relay:
        assert send(relay.port, *many(100)) == [ACCEPTED] * 100
        assert relay.commands.count("RSET") <= most


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


def test_a_closed_connection_takes_nothing() -> None:
    async def late(port: int) -> list[Outcome]:
        connection = await reach(port)
        await connection.close()
        return await carry(connection, a_message())

    with running_relay() as relay:
        assert asyncio.run(late(relay.port)) == []


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
