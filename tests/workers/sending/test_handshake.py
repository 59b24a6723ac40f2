import asyncio
import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories.certificates import Authority
from tests.factories.relay import CHUNKING, HANG_UP, LOCKSTEP, PIPELINING, ScriptedRelay, running_relay
from tests.factories.transmitting import QUICK, a_message, carry
from workers.sending import smtp
from workers.sending.handshake import Extensions, open_channel, read_extensions
from workers.sending.outcomes import Outcome, RelayAway, Sent, Trouble
from workers.sending.relay import Relay, Tls
from workers.sending.replies import Reply

both_kinds = pytest.mark.parametrize("kind", [Tls.STARTTLS, Tls.IMPLICIT])
WITH_TLS = b"250-relay.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n"


def hand_over(relay: Relay, name: str = "mail.open-door.test") -> list[Outcome]:
    async def sending() -> list[Outcome]:
        async with await smtp.connect(relay, name=name, patience=QUICK) as connection:
            return await carry(connection, a_message(1), a_message(2))

    return asyncio.run(sending())


def trouble_with(relay: Relay) -> RelayAway:
    with pytest.raises(RelayAway) as caught:
        hand_over(relay)
    return caught.value


def encrypted(relay: ScriptedRelay, kind: Tls, context: ssl.SSLContext) -> None:
    relay.tls, relay.implicit_tls = context, kind is Tls.IMPLICIT
    relay.replies.setdefault("EHLO", WITH_TLS)


def test_what_a_relay_offers_is_read_from_its_ehlo() -> None:
    lines = ("relay.test", "PIPELINING", "size 1000", "Chunking", "SMTPUTF8", "STARTTLS", "AUTH PLAIN LOGIN", "")
    assert read_extensions(Reply(250, lines)) == Extensions(
        pipelining=True,
        chunking=True,
        smtputf8=True,
        starttls=True,
        size=True,
        size_limit=1000,
        logins=frozenset({"PLAIN", "LOGIN"}),
    )
    assert read_extensions(Reply(250, ("PIPELINING says its name",))) == Extensions()
    assert read_extensions(Reply(250, ("x", "SIZE 0", "AUTH=LOGIN"))) == Extensions(
        size=True, logins=frozenset({"LOGIN"})
    )


@pytest.mark.parametrize(("greeting", "forgives"), [(b"220 x ESMTP Postfix\r\n", True), (b"220 x ESMTP\r\n", False)])
def test_postfix_is_known_to_forgive_resets(greeting: bytes, *, forgives: bool) -> None:
    async def greet(port: int) -> Extensions:
        channel, extensions = await open_channel(Relay("127.0.0.1", port, Tls.NONE), name="x.test", patience=QUICK)
        channel.abandon()
        await asyncio.sleep(0)
        return extensions

    with running_relay(connect=greeting) as relay:
        assert asyncio.run(greet(relay.port)).forgives_resets is forgives


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize(
    ("step", "said", "trouble"),
    [
        ("CONNECT", b"554 5.7.1 No\r\n", Trouble.REFUSED),
        ("CONNECT", b"421 4.3.2 Full\r\n", Trouble.BUSY),
        ("CONNECT", HANG_UP, Trouble.UNREACHABLE),
        ("CONNECT", b"SSH-2.0\r\n", Trouble.NOT_SMTP),
        ("CONNECT", b"220 Hello\r\n250 What?\r\n", Trouble.NOT_SMTP),
        ("EHLO", b"550 5.7.1 No\r\n", Trouble.REFUSED),
        ("EHLO", b"250 relay.test\r\n421 Going down\r\n", Trouble.NOT_SMTP),
        ("EHLO", HANG_UP, Trouble.UNREACHABLE),
    ],
)
def test_a_relay_that_refuses_us_is_away_and_no_message_fails(step: str, said: bytes, trouble: Trouble) -> None:
    with running_relay(**{step: said}) as relay:
        away = trouble_with(Relay("127.0.0.1", relay.port, Tls.NONE))
    assert away.trouble is trouble
    assert away.phase in {step.lower(), "ehlo"}


@pytest.mark.requirement("O-15")
def test_nobody_at_the_port_is_a_relay_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    away = trouble_with(Relay("127.0.0.1", port, Tls.NONE))
    assert away.trouble is Trouble.UNREACHABLE
    assert away.reason == f"127.0.0.1:{port} cannot be reached: Connection refused"


@pytest.mark.requirement("O-15")
def test_a_host_that_does_not_exist_is_a_relay_that_is_away() -> None:
    away = trouble_with(Relay("nowhere.invalid", 25, Tls.NONE))
    assert away.trouble is Trouble.UNREACHABLE
    assert away.reason.startswith("nowhere.invalid:25 cannot be reached: ")


def test_a_relay_that_says_nothing_is_away() -> None:
    with running_relay() as relay:
        relay.hold_at = "EHLO"
        away = trouble_with(Relay("127.0.0.1", relay.port, Tls.NONE))
    assert (away.trouble, away.reason) == (Trouble.SILENT, f"127.0.0.1:{relay.port} does not answer")


@pytest.mark.requirement("O-15")
def test_what_the_relay_says_helps_who_must_put_it_right() -> None:
    with running_relay(ehlo=b"550-We do not know\r\n550 203.0.113.9\x1b[2J\r\n") as relay:
        away = trouble_with(Relay("127.0.0.1", relay.port, Tls.NONE))
    assert away.reason == "it refuses our EHLO: 550 We do not know 203.0.113.9[2J"


@pytest.mark.parametrize("offered", [b"AUTH PLAIN LOGIN", b"AUTH LOGIN", b"AUTH=LOGIN"])
def test_it_logs_in_where_the_url_names_a_user(offered: bytes) -> None:
    with running_relay(ehlo=b"250-relay.test\r\n250 " + offered + b"\r\n") as relay:
        if b"PLAIN" not in offered:
            relay.replies |= {"AUTH": b"334 VXNlcm5hbWU6\r\n", "DXM=": b"334 UGFzc3dvcmQ6\r\n"}
            relay.replies |= {"C2VJCMV0": b"235 Welcome\r\n"}
        assert (
            hand_over(Relay("127.0.0.1", relay.port, Tls.NONE, user="us", password="secret"))
            == [Sent(250, "2.0.0")] * 2
        )
        expected = ["AUTH PLAIN AHVzAHNlY3JldA=="] if b"PLAIN" in offered else ["AUTH LOGIN", "dXM=", "c2VjcmV0"]
        assert relay.commands[1 : 1 + len(expected)] == expected


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize(
    ("offered", "said", "trouble"),
    [
        (b"AUTH PLAIN", b"535 5.7.8 No\r\n", Trouble.LOGIN),
        (b"AUTH PLAIN", b"334 \r\n", Trouble.LOGIN),
        (b"AUTH PLAIN", b"454 4.7.0 Later\r\n", Trouble.BUSY),
        (b"AUTH GSSAPI", b"", Trouble.LOGIN),
        (b"HELP", b"", Trouble.LOGIN),
    ],
)
def test_a_login_that_fails_is_the_relays_refusal(offered: bytes, said: bytes, trouble: Trouble) -> None:
    with running_relay(ehlo=b"250-relay.test\r\n250 " + offered + b"\r\n", auth=said) as relay:
        away = trouble_with(Relay("127.0.0.1", relay.port, Tls.NONE, user="us", password="wrong-secret"))
    assert (away.trouble, away.phase) == (trouble, "auth")
    assert "wrong-secret" not in str(away)


@both_kinds
@pytest.mark.requirement("B-65")
def test_mail_goes_encrypted_to_who_it_should_be(kind: Tls, authority: Authority, trusted: Path) -> None:
    with running_relay() as relay:
        encrypted(relay, kind, authority.server("localhost", "127.0.0.1"))
        for host in ("localhost", "127.0.0.1"):
            assert hand_over(Relay(host, relay.port, kind)) == [Sent(250, "2.0.0")] * 2
        assert relay.commands.count("EHLO mail.open-door.test") == (4 if kind is Tls.STARTTLS else 2)


@both_kinds
@pytest.mark.parametrize("ehlo", [LOCKSTEP, PIPELINING, CHUNKING])
def test_long_texts_go_whole_through_tls(kind: Tls, ehlo: bytes, authority: Authority) -> None:
    long = (b"." * 70 + b"\r\n") * 20_000
    messages = [a_message(1, long), a_message(2), a_message(3, long)]

    async def sending(port: int) -> list[Outcome]:
        relay = Relay("127.0.0.1", port, kind, verify=False)
        async with await smtp.connect(relay, name="x.test", patience=QUICK) as connection:
            return await carry(connection, *messages)

    with running_relay(ehlo=ehlo.replace(b"250 ", b"250-STARTTLS\r\n250 ")) as relay:
        encrypted(relay, kind, authority.server("127.0.0.1"))
        assert {type(outcome) for outcome in asyncio.run(sending(relay.port))} == {Sent}
        assert relay.messages == [message.content for message in messages]


@both_kinds
@pytest.mark.requirement("B-65", "O-15")
def test_a_certificate_nobody_vouches_for_gets_no_mail(kind: Tls, authority: Authority) -> None:
    with running_relay() as relay:
        encrypted(relay, kind, authority.server("127.0.0.1"))
        away = trouble_with(Relay("127.0.0.1", relay.port, kind))
        assert away.trouble is Trouble.CERTIFICATE
        assert "from an authority that this machine does not know" in away.reason
        assert not any(command.startswith("MAIL") for command in relay.commands)
        assert hand_over(Relay("127.0.0.1", relay.port, kind, verify=False)) == [Sent(250, "2.0.0")] * 2


@both_kinds
@pytest.mark.requirement("B-65", "O-15")
def test_an_expired_certificate_gets_no_mail(kind: Tls, authority: Authority, trusted: Path) -> None:
    with running_relay() as relay:
        encrypted(relay, kind, authority.server("127.0.0.1", until=-timedelta(hours=1)))
        away = trouble_with(Relay("127.0.0.1", relay.port, kind))
        assert away.trouble is Trouble.CERTIFICATE
        assert away.reason == f"127.0.0.1:{relay.port} is not trusted: its certificate has expired"
        assert relay.messages == []


@both_kinds
@pytest.mark.requirement("B-65", "O-15")
@pytest.mark.parametrize(("host", "reason"), [("localhost", "for another name"), ("127.0.0.1", "for another address")])
def test_somebody_elses_certificate_gets_no_mail(
    kind: Tls, host: str, reason: str, authority: Authority, trusted: Path
) -> None:
    with running_relay() as relay:
        encrypted(relay, kind, authority.server("elsewhere.test"))
        away = trouble_with(Relay(host, relay.port, kind))
        assert away.trouble is Trouble.CERTIFICATE
        assert reason in away.reason
        assert relay.messages == []


@pytest.mark.requirement("B-65", "O-15")
@pytest.mark.parametrize(
    ("ehlo", "starttls", "trouble"),
    [
        (PIPELINING, b"220 Ready\r\n", Trouble.NO_TLS),
        (WITH_TLS, b"502 5.5.1 What?\r\n", Trouble.NO_TLS),
        (WITH_TLS, b"454 4.7.0 Not now\r\n", Trouble.BUSY),
    ],
)
def test_without_starttls_nothing_goes_in_the_clear(ehlo: bytes, starttls: bytes, trouble: Trouble) -> None:
    with running_relay(ehlo=ehlo, starttls=starttls) as relay:
        away = trouble_with(Relay("127.0.0.1", relay.port, Tls.STARTTLS, user="us", password="secret"))
        assert away.trouble is trouble
        assert "TLS is required" in away.reason
        assert not any(command.startswith(("MAIL", "AUTH")) for command in relay.commands)


@pytest.mark.requirement("B-65")
def test_what_is_said_between_starttls_and_the_handshake_ends_it(authority: Authority, trusted: Path) -> None:
    with running_relay(starttls=b"220 Ready\r\n250 injected\r\n") as relay:
        encrypted(relay, Tls.STARTTLS, authority.server("127.0.0.1"))
        assert trouble_with(Relay("127.0.0.1", relay.port, Tls.STARTTLS)).trouble is Trouble.NOT_SMTP


def test_a_plain_server_where_tls_was_expected_is_a_sentence_too() -> None:
    with running_relay() as relay:
        assert trouble_with(Relay("127.0.0.1", relay.port, Tls.IMPLICIT)).trouble is Trouble.TLS_FAILED


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.file
