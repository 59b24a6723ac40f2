import json
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from devserver.catcher import Catcher
from devserver.processes import CouldNotStart

MESSAGE = b"Subject: Dots\r\n\r\n.one dot\r\n..two dots\r\n\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85\r\n.\t\r\n"


def send(catcher: Catcher, *, recipient: str = "reader@example.org") -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as client:
        return client.sendmail("sender@example.org", [recipient], MESSAGE, mail_options=["BODY=8BITMIME"])


def test_a_mail_is_kept_byte_for_byte_with_its_envelope(catcher: Catcher, tmp_path: Path) -> None:
    send(catcher)
    (mail,) = catcher.await_mails(1)
    assert (mail.mail_from, mail.rcpt_to, mail.content) == ("sender@example.org", ("reader@example.org",), MESSAGE)
    (stored,) = (tmp_path / "mailbox").glob("*.eml")
    assert stored.read_bytes() == MESSAGE
    assert stored.stem.isdigit()
    envelope = json.loads(stored.with_suffix(".json").read_text())
    assert envelope == {
        "mail_from": "sender@example.org",
        "rcpt_to": ["reader@example.org"],
        "received_at": mail.received_at.isoformat(),
    }


def test_an_address_outside_ascii_is_taken_with_smtputf8(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as client:
        client.ehlo()
        assert client.has_extn("SMTPUTF8")
        assert client.has_extn("8BITMIME")
        client.sendmail("sender@example.org", ["ស្រី@example.org"], MESSAGE, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert catcher.await_mails(1)[0].rcpt_to == ("ស្រី@example.org",)


def test_a_catcher_may_lack_smtputf8() -> None:
    with Catcher(smtputf8=False) as catcher, smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("SMTPUTF8")


def test_a_named_recipient_is_refused_and_others_are_not(catcher: Catcher) -> None:
    catcher.rules.recipients["gone@example.org"] = "550 5.1.1 No such mailbox"
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(catcher, recipient="gone@example.org")
    assert refused.value.recipients == {"gone@example.org": (550, b"5.1.1 No such mailbox")}
    send(catcher)
    assert len(catcher.await_mails(1)) == 1


@pytest.mark.parametrize("step", ["sender", "data"])
def test_a_sender_or_a_message_is_refused(catcher: Catcher, step: str) -> None:
    setattr(catcher.rules, step, "451 4.3.0 Try later")
    with pytest.raises(smtplib.SMTPResponseException, match="451"):
        send(catcher)
    assert catcher.received == []


@pytest.mark.parametrize(("step", "kept"), [("drop_before_dot", 0), ("drop_after_dot", 1)])
def test_the_connection_is_cut_before_or_after_the_final_dot(catcher: Catcher, step: str, kept: int) -> None:
    setattr(catcher.rules, step, True)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(catcher)
    assert len(catcher.received) == kept


def test_quit_may_be_answered_with_a_complaint(catcher: Catcher) -> None:
    catcher.rules.quit = "421 4.4.2 Bad timing"
    client = smtplib.SMTP("127.0.0.1", catcher.port, timeout=10)
    assert client.quit() == (421, b"4.4.2 Bad timing")


def test_the_answer_may_take_its_time(catcher: Catcher) -> None:
    catcher.rules.delay = 0.5
    with socket.create_connection(("127.0.0.1", catcher.port), timeout=10) as connection:
        connection.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<reader@example.org>\r\nDATA\r\nhello\r\n.\r\n")
        assert catcher.received == []
        assert catcher.await_mails(1)[0].mail_from == ""


def test_after_a_stop_the_same_port_answers_again(catcher: Catcher) -> None:
    port = catcher.port
    idle = smtplib.SMTP("127.0.0.1", port, timeout=10)
    catcher.stop()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        idle.noop()
    with pytest.raises(ConnectionRefusedError):
        send(catcher)
    catcher.start()
    assert catcher.port == port
    send(catcher)


def test_mails_that_do_not_come_are_a_timeout(catcher: Catcher) -> None:
    with pytest.raises(TimeoutError, match="0 mails"):
        catcher.await_mails(1, seconds=0.05)


def test_clear_forgets_mails_and_rules(catcher: Catcher) -> None:
    send(catcher)
    catcher.rules.data = "550 5.0.0 No"
    catcher.clear()
    assert catcher.received == []
    send(catcher)


def test_a_mailbox_that_cannot_be_written_defers_the_mail(catcher: Catcher, tmp_path: Path) -> None:
    (tmp_path / "mailbox").write_text("a file stands where the folder should be")
    with pytest.raises(smtplib.SMTPDataError, match="452"):
        send(catcher)


def test_a_busy_port_is_named(catcher: Catcher) -> None:
    with pytest.raises(CouldNotStart, match=f"Port {catcher.port} for mail is not free"):
        Catcher(port=catcher.port).start()


def test_it_runs_as_a_program_of_its_own(tmp_path: Path) -> None:
    with Catcher() as probe:
        port = probe.port
    command = [sys.executable, "-m", "devserver.catcher", "--port", str(port), "--mailbox", str(tmp_path / "mailbox")]
    with subprocess.Popen(command) as program:
        try:
            await_port(program.pid, port)
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.sendmail("sender@example.org", ["reader@example.org"], MESSAGE)
            assert [mail.read_bytes() for mail in (tmp_path / "mailbox").glob("*.eml")] == [MESSAGE]
        finally:
            program.terminate()


def await_port(pid: int, port: int) -> None:
    """Until the program listens there; the test's own time limit ends a program that never does."""
    program = psutil.Process(pid)
    while not any(connection.laddr.port == port for connection in program.net_connections() if connection.laddr):
        assert program.is_running()


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with Catcher(tmp_path / "mailbox") as running:
        yield running
