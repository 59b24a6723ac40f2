import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devserver.catcher import Catcher
from tests.factories.relay import HANG_UP, ScriptedRelay, running_relay
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, RelayAway, Sent, Unknown
from workers.sending.relay import Relay, Tls, parse_relay
from workers.sending.smtp import Connection, Patience

QUICK = Patience(connect=2, command=2, data=2, block=2, dot=2, quit=0.2)
TEXT = b"To: reader@example.org\r\n\r\n.one dot\r\n..two dots\r\n.\r\nend\r\n"
MESSAGE = Message(1, "b-ae-mac@bounce.open-door.test", "reader@example.org", TEXT, needs_smtputf8=False)


def connect(relay: Relay, patience: Patience = QUICK) -> Connection:
    return Connection(relay, name="mail.open-door.test", patience=patience, beat=lambda: None)


def connection_to(relay: ScriptedRelay | Catcher, patience: Patience = QUICK) -> Connection:
    return connect(parse_relay(relay.url), patience)


def send_once(relay: ScriptedRelay | Catcher) -> Outcome:
    connection = connection_to(relay)
    try:
        return connection.send(MESSAGE)
    finally:
        connection.close()


@pytest.mark.requirement("B-32", "B-50")
def test_a_message_arrives_as_it_is_with_its_return_path() -> None:
    with Catcher() as catcher:
        assert send_once(catcher) == Sent(250, "2.0.0")
        (mail,) = catcher.await_mails(1)
    assert (mail.mail_from, mail.rcpt_to) == (MESSAGE.return_path, (MESSAGE.recipient,))
    assert mail.content == TEXT


@pytest.mark.requirement("B-32")
def test_a_strict_server_counts_one_message_and_no_bare_line_end() -> None:
    with running_relay() as relay:
        assert send_once(relay) == Sent(250, "2.0.0")
        assert relay.messages == [TEXT]


def test_one_connection_carries_many_messages() -> None:
    with running_relay() as relay:
        connection = connection_to(relay)
        assert [type(connection.send(MESSAGE)) for _ in range(50)] == [Sent] * 50
        connection.close()
        assert (len(relay.messages), relay.connections) == (50, 1)


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
def test_a_refusal_is_about_this_message_alone(step: str, said: bytes, outcome: Outcome) -> None:
    with running_relay(**{step: said}) as relay:
        connection = connection_to(relay)
        assert connection.send(MESSAGE) == outcome
        assert connection.is_open
        relay.replies.clear()
        assert connection.send(MESSAGE) == Sent(250, "2.0.0")
        connection.close()


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_closes_and_defers(step: str) -> None:
    with running_relay(**{step: b"421 4.3.2 Closing\r\n"}) as relay:
        connection = connection_to(relay)
        assert connection.send(MESSAGE) == Deferred(421, "4.3.2")
        assert not connection.is_open


@pytest.mark.requirement("B-60")
def test_too_many_recipients_means_later() -> None:
    with running_relay(rcpt=b"552 5.2.2 Full\r\n") as relay:
        assert send_once(relay) == Deferred(552, "5.2.2")
    with running_relay(dot=b"552 5.3.4 Too big\r\n") as relay:
        assert send_once(relay) == Failed(552, "5.3.4")


@pytest.mark.parametrize("said", [b"530 5.7.0 Authenticate first\r\n", b"535 5.7.8 Who?\r\n"])
def test_a_refusal_of_ourselves_fails_nobody(said: bytes) -> None:
    with running_relay(mail=said) as relay:
        connection = connection_to(relay)
        assert isinstance(connection.send(MESSAGE), Deferred)
        assert not connection.is_open


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize(("step", "phase"), [("MAIL", Phase.MAIL), ("RCPT", Phase.RCPT), ("DATA", Phase.DATA)])
def test_a_connection_lost_before_the_dot_delivered_nothing(step: str, phase: Phase) -> None:
    with running_relay(**{step: HANG_UP}) as relay:
        connection = connection_to(relay)
        assert connection.send(MESSAGE) == NotDelivered(phase)
        assert not connection.is_open
        assert relay.messages == []


@pytest.mark.requirement("O-07")
def test_a_connection_cut_in_the_middle_of_the_text_delivered_nothing() -> None:
    with Catcher() as catcher:
        catcher.rules.drop_before_dot = True
        connection = connection_to(catcher)
        # What the kernel still takes of a big text cannot hide that the other side is gone.
        big = Message(1, MESSAGE.return_path, MESSAGE.recipient, b"x" * 70 * 200_000, needs_smtputf8=False)
        assert connection.send(big) == NotDelivered(Phase.DATA)
        assert catcher.received == []


@pytest.mark.requirement("O-07", "L-08")
def test_a_connection_lost_after_the_dot_leaves_it_unknown() -> None:
    with Catcher() as catcher:
        catcher.rules.drop_after_dot = True
        connection = connection_to(catcher)
        assert connection.send(MESSAGE) == Unknown()
        assert not connection.is_open
        assert len(catcher.received) == 1


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("garbage", [b"\x00\xff\r\n", b"hello\r\n", b"354 Go ahead\r\n"])
def test_a_garbled_answer_to_the_dot_leaves_it_unknown(garbage: bytes) -> None:
    with running_relay(dot=garbage) as relay:
        assert send_once(relay) == Unknown()


def test_a_relay_out_of_step_gets_no_text() -> None:
    with running_relay(data=b"250 2.0.0 Ok\r\n") as relay:
        assert send_once(relay) == NotDelivered(Phase.DATA)
        assert relay.messages == []


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("said", [b"421 4.4.2 Bad timing\r\n", b"500 What?\r\n", HANG_UP, b"garbage\r\n"])
def test_what_is_answered_to_quit_does_not_matter(said: bytes) -> None:
    with running_relay(quit=said) as relay:
        assert send_once(relay) == Sent(250, "2.0.0")


@pytest.mark.requirement("O-07")
@pytest.mark.parametrize("said", [b"502 What?\r\n", HANG_UP])
def test_what_is_answered_to_rset_does_not_matter(said: bytes) -> None:
    with running_relay(rcpt=b"550 5.1.1 No\r\n", rset=said) as relay:
        connection = connection_to(relay)
        assert connection.send(MESSAGE) == Failed(550, "5.1.1")
        assert not connection.is_open


@pytest.mark.requirement("B-61")
def test_the_dot_has_its_own_patience() -> None:
    assert Patience().dot >= 600
    with Catcher() as catcher:
        catcher.rules.delay = 0.6
        patience = Patience(connect=2, command=0.3, data=0.3, block=2, dot=5, quit=0.2)
        connection = connection_to(catcher, patience)
        assert connection.send(MESSAGE) == Sent(250, "2.0.0")
        connection.close()


def test_a_dot_without_answer_is_unknown_after_its_time() -> None:
    with running_relay() as relay:
        relay.hold_at = "DOT"
        connection = connection_to(relay, Patience(connect=2, command=2, data=2, block=2, dot=0.2, quit=0.2))
        assert connection.send(MESSAGE) == Unknown()


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("CONNECT", b"554 5.7.1 No\r\n"),
        ("CONNECT", b"421 4.3.2 Full\r\n"),
        ("CONNECT", HANG_UP),
        ("CONNECT", b"SSH-2.0\r\n"),
        ("EHLO", b"550 5.7.1 No\r\n"),
        ("EHLO", HANG_UP),
    ],
)
def test_a_relay_that_refuses_us_is_away_and_no_message_fails(step: str, said: bytes) -> None:
    with running_relay(**{step: said}) as relay, pytest.raises(RelayAway):
        connection_to(relay)


@pytest.mark.requirement("O-15")
def test_nobody_at_the_port_is_a_relay_that_is_away() -> None:
    with running_relay() as relay:
        gone = parse_relay(relay.url)
    with pytest.raises(RelayAway, match="connect"):
        connect(gone)


@pytest.mark.requirement("B-35")
def test_smtputf8_is_declared_where_it_is_offered_and_needed() -> None:
    message = Message(1, MESSAGE.return_path, "ស្រី@example.org", "To: ស្រី@example.org\r\n\r\nx\r\n".encode(), True)  # noqa: FBT003  # as the field says
    with Catcher() as catcher:
        connection = connection_to(catcher)
        assert isinstance(connection.send(message), Sent)
        assert catcher.await_mails(1)[0].rcpt_to == ("ស្រី@example.org",)
        connection.close()
    with Catcher(smtputf8=False) as catcher:
        connection = connection_to(catcher)
        assert connection.send(message) == Failed(None, "5.6.7")
        assert isinstance(connection.send(MESSAGE), Sent)
        connection.close()


@pytest.mark.parametrize("offered", [b"AUTH PLAIN LOGIN", b"AUTH LOGIN"])
def test_it_logs_in_where_the_url_names_a_user(offered: bytes) -> None:
    with running_relay(ehlo=b"250-relay.test\r\n250 " + offered + b"\r\n") as relay:
        logged_in = Relay("127.0.0.1", relay.port, Tls.NONE, user="us", password="secret")
        if b"PLAIN" not in offered:
            relay.replies |= {"AUTH": b"334 VXNlcm5hbWU6\r\n", "DXM=": b"334 x\r\n", "C2VJCMV0": b"235 Welcome\r\n"}
            relay.replies |= {"DXM=": b"334 UGFzc3dvcmQ6\r\n"}
        connect(logged_in).close()
        assert any(command.startswith("AUTH") for command in relay.commands)


def test_a_wrong_password_is_the_relays_refusal() -> None:
    replies = {"EHLO": b"250-relay.test\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 5.7.8 No\r\n"}
    with running_relay(**replies) as relay, pytest.raises(RelayAway, match="auth"):
        connect(Relay("127.0.0.1", relay.port, Tls.NONE, user="us", password="wrong"))


@pytest.mark.requirement("B-65")
@pytest.mark.parametrize("kind", [Tls.STARTTLS, Tls.IMPLICIT])
def test_mail_goes_encrypted(kind: Tls, server_side: ssl.SSLContext) -> None:
    with running_relay() as relay:
        relay.tls, relay.implicit_tls = server_side, kind is Tls.IMPLICIT
        connection = connect(Relay("127.0.0.1", relay.port, kind, verify=False))
        assert connection.send(MESSAGE) == Sent(250, "2.0.0")
        connection.close()
        assert relay.commands.count("EHLO mail.open-door.test") == (2 if kind is Tls.STARTTLS else 1)


@pytest.mark.requirement("B-65")
@pytest.mark.parametrize("kind", [Tls.STARTTLS, Tls.IMPLICIT])
def test_a_certificate_nobody_vouches_for_gets_no_mail(kind: Tls, server_side: ssl.SSLContext) -> None:
    with running_relay() as relay:
        relay.tls, relay.implicit_tls = server_side, kind is Tls.IMPLICIT
        with pytest.raises(RelayAway):
            connect(Relay("127.0.0.1", relay.port, kind))
        assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.requirement("B-65")
def test_without_starttls_nothing_goes_in_the_clear() -> None:
    with running_relay(starttls=b"502 5.5.1 What?\r\n") as relay:
        with pytest.raises(RelayAway):
            connect(Relay("127.0.0.1", relay.port, Tls.STARTTLS))
        assert relay.messages == []


def test_what_is_said_between_starttls_and_the_handshake_ends_it(server_side: ssl.SSLContext) -> None:
    with running_relay(starttls=b"220 Ready\r\n250 injected\r\n") as relay:
        relay.tls = server_side
        with pytest.raises(RelayAway):
            connect(Relay("127.0.0.1", relay.port, Tls.STARTTLS, verify=False))


@pytest.fixture(scope="module")
def server_side(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    certificate, key = self_signed(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))
    return folder / "cert.pem", folder / "key.pem"
