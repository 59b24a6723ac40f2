from hypothesis import given
from hypothesis import strategies as st

from tests.factories.transmitting import a_message
from workers.sending import framing


def test_the_envelope_says_the_size_of_the_text_before_its_dots_are_stuffed() -> None:
    message = a_message(content=b".\r\n")
    assert framing.mail(message, says_size=True) == b"MAIL FROM:<b-ae-mac@bounce.open-door.test> SIZE=3\r\n"
    assert framing.mail(message, says_size=False) == b"MAIL FROM:<b-ae-mac@bounce.open-door.test>\r\n"
    assert framing.rcpt(message) == b"RCPT TO:<reader@example.org>\r\n"


def test_an_address_outside_ascii_declares_smtputf8() -> None:
    message = a_message(recipient="ស្រី@example.org")
    assert framing.mail(message, says_size=False).endswith(b"> SMTPUTF8\r\n")
    assert framing.rcpt(message) == "RCPT TO:<ស្រី@example.org>\r\n".encode()


@given(st.lists(st.text("ab.", max_size=5), min_size=1))
def test_a_stuffed_text_holds_no_final_dot_and_comes_out_as_it_was(lines: list[str]) -> None:
    content = "\r\n".join(lines).encode()
    stuffed = framing.stuffed(a_message(content=content))
    assert stuffed.endswith(b"\r\n")
    wire = stuffed.removesuffix(b"\r\n").split(b"\r\n")
    assert b"." not in wire
    read = [line[1:] if line.startswith(b".") else line for line in wire]
    assert b"\r\n".join(read) + b"\r\n" == framing.ended(content)
