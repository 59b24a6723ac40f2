import pytest

from tests.factories.relay import HANG_UP, ScriptedRelay, running_relay
from workers.sending.line import Line
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, NotDelivered, Phase, RelayAway, Sent, Unknown
from workers.sending.relay import parse_relay
from workers.sending.smtp import Patience

MESSAGE = Message(
    1, "b-ae-mac@bounce.open-door.test", "reader@example.org", b"To: x\r\n\r\nx\r\n", needs_smtputf8=False
)


def line_to(relay: ScriptedRelay) -> Line:
    patience = Patience(connect=2, command=2, data=2, block=2, dot=2, quit=0.2)
    return Line(parse_relay(relay.url), name="mail.open-door.test", patience=patience)


def test_it_connects_when_it_is_needed_and_says_goodbye() -> None:
    with running_relay() as relay:
        with line_to(relay) as line:
            assert relay.connections == 0
            assert isinstance(line.send(MESSAGE), Sent)
        assert relay.commands[-1] == "QUIT"


@pytest.mark.parametrize("said", [b"421 4.7.0 Enough\r\n", HANG_UP])
def test_a_connection_that_the_relay_has_closed_is_opened_again(said: bytes) -> None:
    with running_relay(mail=said) as relay, line_to(relay) as line:
        relay.after = 1
        assert [type(line.send(MESSAGE)) for _ in range(3)] == [Sent] * 3
        assert relay.connections == 3
        assert not line.is_broken


@pytest.mark.requirement("O-07")
def test_nothing_is_sent_twice_by_itself_once_the_dot_was_said() -> None:
    with running_relay(dot=HANG_UP) as relay, line_to(relay) as line:
        relay.after = 1
        assert isinstance(line.send(MESSAGE), Sent)
        assert line.send(MESSAGE) == Unknown()
        assert len(relay.messages) == 2


def test_a_fresh_connection_that_refuses_is_the_answer() -> None:
    with running_relay(mail=b"421 4.7.0 No\r\n") as relay, line_to(relay) as line:
        assert line.send(MESSAGE) == Deferred(421, "4.7.0")
        assert relay.connections == 1


@pytest.mark.requirement("O-15")
def test_a_relay_that_hangs_up_again_and_again_is_broken() -> None:
    with running_relay(data=HANG_UP) as relay, line_to(relay) as line:
        for _ in range(3):
            assert not line.is_broken
            assert line.send(MESSAGE) == NotDelivered(Phase.DATA)
        assert line.is_broken


def test_a_relay_that_went_away_meanwhile_is_away() -> None:
    with running_relay() as relay:
        line = line_to(relay)
    with pytest.raises(RelayAway):
        line.send(MESSAGE)


@pytest.mark.requirement("O-05")
def test_a_text_does_not_go_once_the_lease_has_lapsed() -> None:
    with running_relay() as relay, line_to(relay) as line:
        line.may_send = lambda: False
        assert line.send(MESSAGE) == NotDelivered(Phase.DATA)
        assert relay.messages == []
