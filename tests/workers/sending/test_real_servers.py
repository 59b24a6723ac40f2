"""Our client and the mail servers that others wrote: Postfix, Exim, smtp-sink and aiosmtpd."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from devserver.catcher import Catcher, Received
from tests.factories.certificates import Authority
from tests.factories.mta import Mta, running_exim, running_postfix, running_sink
from tests.factories.relay import CHUNKING, LOCKSTEP, PIPELINING, running_relay
from tests.factories.transmitting import a_message, carry, reach, send
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, Outcome, RelayAway, Sent, Trouble
from workers.sending.patience import Patience
from workers.sending.relay import Relay, Tls
from workers.sending.smtp import connect

Start = Callable[..., AbstractContextManager[Mta]]
both = pytest.mark.parametrize("start", [running_postfix, running_exim], ids=["postfix", "exim"])
UNHURRIED = Patience(connect=10, command=30, data=30, block=30, dot=30, quit=2)
BODY = b"\r\n.\r\n..\r\n.a dot\r\n" + b"x" * 900 + b"\r\nend\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> tuple[Path, Path]:
    return authority.issue("localhost", "127.0.0.1")


@contextmanager
def passing_on(start: Start, certificate: tuple[Path, Path], **options: int) -> Iterator[tuple[Mta, Catcher]]:
    with Catcher() as catcher, start(catcher.port, certificate, **options) as mta:
        yield mta, catcher


def a_mail(number: int, recipient: str = "reader@example.org") -> Message:
    head = (
        f"From: a@open-door.test\r\nTo: {recipient}\r\nSubject: {number}\r\nDate: Mon, 23 Nov 2026 20:00:00 +0000\r\n"
    )
    return a_message(number, f"{head}Message-ID: <{number}@open-door.test>\r\n".encode() + BODY, recipient)


def was_passed_on(mail: Received, message: Message) -> bool:
    """Each server adds its lines of trace above ours and changes nothing."""
    ours = message.content.partition(b"\r\n\r\n")
    head, _, body = mail.content.partition(b"\r\n\r\n")
    return body == ours[2] and ours[0] in head


def by_number(mails: list[Received]) -> dict[int, Received]:
    return {int(mail.content.partition(b"Message-ID: <")[2].partition(b"@")[0]): mail for mail in mails}


@both
@pytest.mark.parametrize("chunking", [True, False], ids=["chunking", "pipelining"])
@pytest.mark.requirement("B-60", "O-07", "B-32")
def test_among_refused_recipients_each_of_the_others_gets_their_own_message(
    start: Start,
    chunking: bool,  # noqa: FBT001  # a parameter of the test
    certificate: tuple[Path, Path],
) -> None:
    recipients = ["no@example.org", "one@example.org", "later@example.org", "two@example.org", "three@example.org"]
    messages = [a_mail(number, recipients[number % 5]) for number in range(1, 41)]

    async def sending(port: int) -> list[Outcome]:
        async with await reach(port, UNHURRIED, chunking=chunking) as connection:
            return await carry(connection, *messages)

    with passing_on(start, certificate) as (mta, catcher):
        outcomes = asyncio.run(sending(mta.port))
        for message, outcome in zip(messages, outcomes, strict=True):
            match message.recipient.partition("@")[0]:
                case "no":
                    assert isinstance(outcome, Failed)
                    assert outcome.code == 550
                case "later":
                    assert isinstance(outcome, Deferred)
                    assert outcome.code == 450
                case _:
                    assert isinstance(outcome, Sent)
        arrived = by_number(catcher.await_mails(24, 30))
    wanted = {message.delivery_id: message for message in messages if message.delivery_id % 5 not in {0, 2}}
    assert sorted(arrived) == sorted(wanted)
    for number, message in wanted.items():
        assert arrived[number].rcpt_to == (message.recipient,)
        assert was_passed_on(arrived[number], message)


@both
@pytest.mark.requirement("B-65")
@pytest.mark.parametrize("kind", [Tls.STARTTLS, Tls.IMPLICIT])
def test_they_are_spoken_to_encrypted(
    start: Start, kind: Tls, certificate: tuple[Path, Path], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sending(port: int) -> list[Outcome]:
        relay = Relay("127.0.0.1", port, kind)
        async with await connect(relay, name="open-door.test", patience=UNHURRIED) as connection:
            return await carry(connection, *[a_mail(number) for number in range(1, 21)])

    with passing_on(start, certificate) as (mta, catcher):
        port = mta.tls_port if kind is Tls.IMPLICIT else mta.port
        with pytest.raises(RelayAway) as caught:
            asyncio.run(sending(port))
        assert caught.value.trouble is Trouble.CERTIFICATE
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        assert {type(outcome) for outcome in asyncio.run(sending(port))} == {Sent}
        assert sorted(by_number(catcher.await_mails(20, 30))) == list(range(1, 21))


@both
@pytest.mark.requirement("O-15")
def test_their_limit_of_size_fails_nobody(start: Start, certificate: tuple[Path, Path]) -> None:
    with passing_on(start, certificate, size_limit=5_000) as (mta, _catcher):
        large = a_message(2, a_mail(2).content + b"x" * 70 + b"\r\n" * 5_000)
        outcomes = send(mta.port, a_mail(1), large, a_mail(3), patience=UNHURRIED)
    assert [type(outcome) for outcome in outcomes] == [Sent, Deferred, Sent]
    assert isinstance(outcomes[1], Deferred)
    assert outcomes[1].is_about_relay


@pytest.mark.parametrize("password", ["secret", "wrong"])
@pytest.mark.requirement("O-15")
def test_exim_lets_in_who_knows_the_password(password: str, certificate: tuple[Path, Path]) -> None:
    async def sending(port: int) -> list[Outcome]:
        relay = Relay("127.0.0.1", port, Tls.STARTTLS, verify=False, user="us", password=password)
        async with await connect(relay, name="open-door.test", patience=UNHURRIED) as connection:
            return await carry(connection, a_mail(1))

    with passing_on(running_exim, certificate) as (mta, _catcher):
        if password == "secret":
            assert [type(outcome) for outcome in asyncio.run(sending(mta.port))] == [Sent]
        else:
            with pytest.raises(RelayAway) as caught:
                asyncio.run(sending(mta.port))
            assert (caught.value.trouble, caught.value.phase) == (Trouble.LOGIN, "auth")


@pytest.mark.parametrize("options", [(), ("-p",), ("-8", "-e")], ids=["as it is", "without pipelining", "without EHLO"])
def test_smtp_sink_takes_everything(options: tuple[str, ...]) -> None:
    with running_sink(*options) as sink:
        if "-e" in options:
            with pytest.raises(RelayAway):
                send(sink.port, a_mail(1))
        else:
            outcomes = send(sink.port, *[a_mail(number) for number in range(1, 201)], patience=UNHURRIED)
            assert {type(outcome) for outcome in outcomes} == {Sent}


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("-f", "RCPT"), Failed),
        (("-f", "DATA"), Failed),
        (("-f", "."), Failed),
        (("-r", "MAIL"), Deferred),
        (("-r", "."), Deferred),
    ],
)
@pytest.mark.requirement("B-60")
def test_smtp_sink_refuses_at_each_phase(options: tuple[str, ...], outcome: type[Outcome]) -> None:
    with running_sink(*options) as sink:
        outcomes = send(sink.port, *[a_mail(number) for number in range(1, 21)])
        assert {type(said) for said in outcomes} == {outcome}


CONTENTS = st.lists(
    st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=998).map(str.encode)
    | st.sampled_from([b".", b"..", b".x", b"", b"." * 998]),
    max_size=12,
).map(lambda lines: b"".join(line[:998] + b"\r\n" for line in lines))


@pytest.mark.requirement("B-32")
@given(contents=st.lists(CONTENTS, min_size=1, max_size=6))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_arrives_as_it_left(contents: list[bytes]) -> None:
    messages = [a_message(number, content or b"\r\n") for number, content in enumerate(contents, 1)]
    wanted = [message.content for message in messages]
    for ehlo in (LOCKSTEP, PIPELINING, CHUNKING):
        with running_relay(ehlo=ehlo) as relay:
            send(relay.port, *messages)
            assert relay.messages == wanted
    with Catcher() as catcher:
        send(catcher.port, *messages)
        assert [mail.content for mail in catcher.await_mails(len(wanted))] == wanted
