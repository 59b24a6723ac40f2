import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.deliveries.identity import Identity
from actions.deliveries.kinds import Outgoing
from workers.sending.headers import BadAddress, UnsafeMessage
from workers.sending.message import build, check, quoted_printable, self_test

IDENTITY = Identity("<abc@open-door.test>", "b-ae-mac@bounce.open-door.test", "=_deterministic")
MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ALERT = Outgoing(
    delivery_id=7,
    address="reader@example.org",
    subject="Urgent: free Ilen Varo",
    text="Dear friend,\n\nact now: https://act.example.org/t/abc\n",
    html="<!DOCTYPE html>\n<p>Dear friend, <a href='https://act.example.org/t/abc'>act now</a></p>\n",
    from_name="Open Door Fund",
    from_address="bulk@open-door.test",
    reply_to="hello@open-door.test",
    auto_submitted=False,
    headers=(
        ("List-Unsubscribe", f"<https://act.example.org/u/{'x' * 90}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "<l-updates.list.open-door.test>"),
        ("Feedback-ID", "m7:l-updates:alert:opendoor"),
    ),
)
LETTER = replace(ALERT, html=None, headers=(), from_name="Alice Example via Open Door Fund")
ONCE = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"]
LISTED = ["reply-to", "list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"]
any_text = st.text(st.characters(exclude_categories=["Cs"]))


def bytes_of(outgoing: Outgoing) -> bytes:
    return build(outgoing, IDENTITY, MOMENT).content


def parsed(content: bytes) -> EmailMessage:
    read = message_from_bytes(content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.defects == []
    return read


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


@pytest.mark.requirement("B-10")
def test_each_header_stands_once() -> None:
    assert sorted(name.lower() for name in parsed(bytes_of(ALERT))) == sorted(ONCE + LISTED)
    letter = sorted(name.lower() for name in parsed(bytes_of(LETTER)))
    assert letter == sorted([*ONCE, "reply-to", "content-transfer-encoding"])


@pytest.mark.requirement("B-13", "B-12")
@pytest.mark.parametrize("length", [10, 40, 49, 50, 75, 76, 77, 78, 120, 400])
def test_structured_headers_reach_the_wire_as_they_stand(length: int) -> None:
    value = f"<https://act.example.org/u/{'k' * length}>"
    content = bytes_of(replace(ALERT, headers=(("List-Unsubscribe", value),)))
    assert f"\r\nList-Unsubscribe: {value}\r\n".encode() in content
    assert b"=?" not in content.partition(b"\r\n\r\n")[0]


@pytest.mark.requirement("B-30")
def test_an_email_with_html_is_plain_text_first_then_html() -> None:
    message = parsed(bytes_of(ALERT))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in message.iter_parts()] == ["utf-8", "utf-8"]
    assert body_of(message, "plain") == ALERT.text
    assert body_of(message, "html") == ALERT.html


@pytest.mark.requirement("L-04")
def test_a_letter_is_plain_text_alone() -> None:
    message = parsed(bytes_of(LETTER))
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert message["From"].addresses[0].display_name == "Alice Example via Open Door Fund"


@pytest.mark.requirement("B-18", "B-19")
def test_two_tries_are_the_same_bytes() -> None:
    assert build(ALERT, IDENTITY, MOMENT) == build(ALERT, IDENTITY, MOMENT)
    message = parsed(bytes_of(ALERT))
    assert message["Message-ID"] == IDENTITY.message_id
    assert message["Date"].datetime == MOMENT
    assert message.get_boundary() == IDENTITY.boundary


@pytest.mark.requirement("B-20")
def test_only_what_a_machine_wrote_says_so() -> None:
    assert parsed(bytes_of(replace(ALERT, auto_submitted=True)))["Auto-Submitted"] == "auto-generated"
    assert parsed(bytes_of(LETTER))["Auto-Submitted"] is None


@pytest.mark.requirement("B-31", "B-32")
@pytest.mark.parametrize(
    "text",
    [
        "." * 3 + "\n.\n..\n.dot\n",
        "\n.\r\n",
        "\r.\r",
        "bare\rreturn and bare\nfeed",
        "x" * 10_000,
        "é" * 10_000,
        "ក" * 10_000,
        "https://example.org/" + "p" * 3_000,
        "trailing blanks   \n\ttabs\t\n",
        "From me\n--=_deterministic--\n",
        "=?utf-8?q?x=0d=0aBcc:_e@x?=",
        "a\u2028b\u0085c",
        "",
    ],
)
def test_any_body_is_short_crlf_lines_and_comes_back(text: str) -> None:
    for outgoing in (replace(LETTER, text=text), replace(ALERT, text=text, html=f"<p>{text}</p>")):
        content = bytes_of(outgoing)
        assert content.isascii()
        assert b"\r" not in content.replace(b"\r\n", b"")
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert b"\r\n.\r\n" not in content
        assert all(len(line) <= 78 for line in content.partition(b"\r\n\r\n")[2].split(b"\r\n"))
        lines = re.sub("\r\n|\r", "\n", text).rstrip("\n") + "\n"
        assert body_of(parsed(content), "plain") == lines


@given(any_text)
def test_quoted_printable_comes_back_whatever_it_holds(text: str) -> None:
    encoded = quoted_printable(text)
    wanted = re.sub("\r\n|\r|\n", "\r\n", text).rstrip("\r\n") + "\r\n"
    assert quopri.decodestring(encoded).decode() == wanted
    assert b"=_" not in encoded
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))


@pytest.mark.parametrize("blank", [" ", "\t"])
@pytest.mark.parametrize("letter", ["x", "é", "ក", "="])
def test_a_line_that_ends_with_a_blank_is_not_too_long_either(letter: str, blank: str) -> None:
    for length in range(1, 160):
        text = f"{letter * length}{blank}\nx\n"
        encoded = quoted_printable(text)
        assert quopri.decodestring(encoded).decode() == text.replace("\n", "\r\n")
        assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))


@pytest.mark.requirement("B-10", "L-03")
@given(subject=any_text, name=any_text, text=any_text)
def test_whatever_is_typed_no_header_is_added(subject: str, name: str, text: str) -> None:
    hostile = replace(ALERT, subject=subject, from_name=name, text=text)
    try:
        content = bytes_of(hostile)
    except UnsafeMessage:
        assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", subject + name)
        return
    found = sorted(line.partition(b":")[0].lower().decode() for line in unfolded(content))
    assert found == sorted(ONCE + LISTED)


def unfolded(content: bytes) -> list[bytes]:
    return re.sub(rb"\r\n[ \t]", b" ", content.partition(b"\r\n\r\n")[0]).split(b"\r\n")


@pytest.mark.requirement("B-34")
def test_a_domain_outside_ascii_is_a_labels_in_header_and_envelope() -> None:
    message = build(replace(ALERT, address="a@bücher.example"), IDENTITY, MOMENT)
    assert message.recipient == "a@xn--bcher-kva.example"
    assert b"\r\nTo: a@xn--bcher-kva.example\r\n" in message.content
    assert not message.needs_smtputf8


@pytest.mark.requirement("B-35")
def test_a_local_part_outside_ascii_asks_for_smtputf8_and_is_not_mangled() -> None:
    message = build(replace(ALERT, address="ស្រី@example.org"), IDENTITY, MOMENT)
    assert message.needs_smtputf8
    assert "\r\nTo: ស្រី@example.org\r\n".encode() in message.content
    assert not build(ALERT, IDENTITY, MOMENT).needs_smtputf8


def test_a_bad_address_says_what_is_wrong_in_smtps_terms() -> None:
    with pytest.raises(BadAddress) as refused:
        bytes_of(replace(ALERT, address="nobody"))
    assert refused.value.status == "5.1.3"


@pytest.mark.requirement("B-10")
@pytest.mark.parametrize("name", ["Subject", "to", "List-Id"])
def test_a_header_named_twice_is_refused(name: str) -> None:
    with pytest.raises(UnsafeMessage):
        bytes_of(replace(ALERT, headers=(*ALERT.headers, (name, "again"))))


@pytest.mark.parametrize(
    "content",
    [
        b"A: b\r\nBcc: e@x\r\n\r\nbody",
        b"A: b\r\n\r\nbare\nfeed",
        b"A: b\r\n\r\nbare\rreturn",
        b"A: b\r\n\r\nnul\0",
        b"A: b\r\n\r\n" + b"x" * 999,
        b"A: b\r\n\r\n\xff",
        b"A: b",
    ],
)
def test_the_last_check_refuses_what_should_never_have_been_made(content: bytes) -> None:
    with pytest.raises(UnsafeMessage):
        check(content, ["A"], ascii_only=True)
    check(b"A: b\r\n\r\nbody", ["A"], ascii_only=True)


@pytest.mark.requirement("L-03")
def test_the_start_up_test_passes_here() -> None:
    self_test()
