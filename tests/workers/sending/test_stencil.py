import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actions.deliveries.identity import Identity
from actions.deliveries.kinds import Copy, Words
from email_templates.merging import MissingMergeValue, sentinel
from tests.factories.mailings import as_read
from workers.sending import stencil
from workers.sending.headers import BadAddress, UnsafeMessage
from workers.sending.message import Message, build
from workers.sending.stencil import Stencil, cut

IDENTITY = Identity("<abc@open-door.test>", "b-ae-mac@bounce.open-door.test", "=_deterministic")
MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NAME, ACT, LEAVE = sentinel("first_name", "friend"), sentinel("act"), sentinel("unsubscribe")
WORDS = Words(
    key=(1, "en"),
    subject=f"Write for her, {NAME}",
    text=f"Dear {NAME},\n\nact now: {ACT}\n{NAME}\nleave: {LEAVE}",
    html=f'<!DOCTYPE html>\n<p>Dear {NAME}, <a href="{ACT}">act now</a></p>\n<a href="{LEAVE}">leave</a>\n',
    from_name="Open Door Fund",
    from_address="bulk@open-door.test",
    reply_to="hello@open-door.test",
    auto_submitted=False,
    headers=(
        ("List-Id", "<l-updates.list.open-door.test>"),
        ("List-Unsubscribe", f"<{LEAVE}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ),
)
VALUES = {
    "first_name": "Ada",
    "act": "https://act.example.org/t/1.2.3.abcdefghijklmnopqrstuvwxyzA",
    "unsubscribe": "https://act.example.org/u/l.1.abcdefghijklmnopqrstuvwxyzA",
}
HEADERS = [
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
    *("reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
]
any_text = st.text(st.characters(exclude_categories=["Cs"]))


def filled(words: Words = WORDS, /, address: str = "reader@example.org", **values: str) -> Message:
    return Stencil(words).fill(Copy(7, address, words, VALUES | values), IDENTITY, MOMENT)


def parsed(content: bytes) -> EmailMessage:
    read = message_from_bytes(content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.defects == []
    return read


def body_of(content: bytes, kind: str) -> str:
    part = parsed(content).get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def built(words: Words, values: Mapping[str, str]) -> bytes:
    return build(as_read(Copy(7, "reader@example.org", words, values)), IDENTITY, MOMENT).content


def by_the_standard_library(words: Words, values: Mapping[str, str]) -> EmailMessage:
    """Written and read back by it, with the values put in as text."""
    said = as_read(Copy(7, "reader@example.org", words, values))
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = said.subject
    message.set_content(said.text, cte="quoted-printable")
    message.add_alternative(said.html or "", subtype="html", cte="quoted-printable")
    return parsed(message.as_bytes())


def lines_of(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text).rstrip("\n") + "\n"


def on_one_line(value: str) -> str:
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", value).strip()


def assert_safe(content: bytes) -> None:
    """What SMTP and RFC 5322 ask of the bytes (B-31, B-32)."""
    head, _, body = content.partition(b"\r\n\r\n")
    assert b"\n." not in content
    assert re.search(rb"\r(?!\n)|(?<!\r)\n", content) is None
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert content.isascii()
    assert b"\0" not in content
    found = re.findall(rb"^([!-9;-~]+):", head, re.MULTILINE)
    assert sorted(name.decode().lower() for name in found) == sorted(HEADERS)


def test_words_without_a_slot_are_the_bytes_that_any_email_has() -> None:
    plain = replace(
        WORDS, subject="Write", text="Dear friend,\n.\n", html="<p>Dear friend</p>", headers=WORDS.headers[:1]
    )
    for words in (plain, replace(plain, html=None), replace(plain, auto_submitted=True, reply_to=None)):
        assert filled(words).content == built(words, {})


@pytest.mark.requirement("B-10", "B-13")
def test_each_header_stands_once_and_a_link_in_one_is_written_as_it_is() -> None:
    content = filled().content
    assert_safe(content)
    assert f"\r\nList-Unsubscribe: <{VALUES['unsubscribe']}>\r\n".encode() in content


def test_the_envelope_and_the_identity_are_the_delivery_s() -> None:
    message = filled()
    assert (message.delivery_id, message.recipient, message.return_path) == (
        7,
        "reader@example.org",
        "b-ae-mac@bounce.open-door.test",
    )
    read = parsed(message.content)
    assert read["Message-ID"] == IDENTITY.message_id
    assert read["Date"].datetime == MOMENT
    assert read.get_boundary() == IDENTITY.boundary
    assert read["To"] == "reader@example.org"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


HOSTILE = [
    "Ada & <b>Co</b> \"'`",
    ".",
    "..dots",
    "=?utf-8?q?x=0d=0aBcc:_e@x.invalid?=",
    "Ada\r\nBcc: e@x.invalid",
    "\u202eadA\u202c \u2067x\u2069",
    "ស្រី\u200bសុខ",
    "السيدة رنا",
    "😀" * 50,
    "x" * 2_000,
    "a b " * 500,
    "From me",
    "=3D=",
    "tab\tand\x00nul\x7f\u2028",
    "--=_deterministic--",
    "Ada ",
]


@pytest.mark.requirement("B-10", "B-31", "B-32", "L-03")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_of_any_kind_is_read_as_it_was_written(name: str) -> None:
    content = filled(first_name=name).content
    assert_safe(content)
    seen = on_one_line(name)
    assert parsed(content)["Subject"] == f"Write for her, {' '.join(seen.split())}"
    assert f"Dear {seen},\n" in body_of(content, "plain")
    assert f"<p>Dear {escape(seen)}," in body_of(content, "html")


parts = st.lists(any_text | st.sampled_from([NAME, ACT, LEAVE, "\n", ".", " ", "https://x.test/?q="]), max_size=8)


@pytest.mark.requirement("B-10", "B-31", "B-32", "L-03")
@given(text=parts, html=parts, name=any_text)
@example(text=["x" * 75, NAME], html=["x" * 76, NAME, "="], name="y" * 75)
@example(text=["é" * 25, NAME, " ", NAME], html=[NAME, ".", NAME, "\n"], name=" ")
@example(text=["a \r", NAME, "\n."], html=["a\t", ACT, "\r\n", ACT, "\t"], name="é" * 25)
def test_whatever_stands_around_a_slot_the_body_is_what_the_standard_library_reads_and_writes(
    text: list[str], html: list[str], name: str
) -> None:
    words = replace(WORDS, text="".join(text), html="".join(html))
    content, values = filled(words, first_name=name).content, VALUES | {"first_name": name}
    assert_safe(content)
    said = as_read(Copy(7, "reader@example.org", words, values))
    assert body_of(content, "plain") == lines_of(said.text) == body_of(built(words, values), "plain")
    assert body_of(content, "html") == lines_of(said.html or "") == body_of(built(words, values), "html")
    written = by_the_standard_library(replace(words, subject="s"), values)
    for kind in ("plain", "html"):
        assert lines_of(body_of(written.as_bytes(), kind)) == body_of(content, kind)


@pytest.mark.parametrize("letter", ["x", "é", "ក", "=", " ", "."])
def test_no_line_is_too_long_wherever_a_slot_cuts_it(letter: str) -> None:
    for length in (*range(1, 5), *range(8, 14), *range(20, 28), *range(68, 80)):
        for blank in ("", " ", "\t", " \n"):
            text = f"{letter * length}{blank}"
            content = filled(replace(WORDS, text=f"{text}{ACT}{text}\n.", html=f"{text}{ACT}"), act=f"y{text}y").content
            assert_safe(content)
            said = on_one_line(f"y{text}y")
            assert body_of(content, "plain") == f"{text}{said}{text}\n.\n"


@pytest.mark.requirement("B-10", "B-33", "L-03")
@given(before=any_text, name=any_text, after=any_text)
def test_a_subject_is_encoded_anew_for_each_reader(before: str, name: str, after: str) -> None:
    words, values = replace(WORDS, subject=f"{before}{NAME}{after}"), VALUES | {"first_name": name}
    try:
        expected = built(words, values)
    except UnsafeMessage:
        with pytest.raises(UnsafeMessage):
            filled(words, first_name=name)
        return
    content = filled(words, first_name=name).content
    assert_safe(content)
    assert re.search(rb"\r\nSubject: .*?\r\n(?! )", content, re.DOTALL)[0] in expected  # type: ignore[index]  # it is there
    subject = as_read(Copy(7, "reader@example.org", words, values)).subject
    assert parsed(content)["Subject"] == subject
    # Writing it, the library loses a blank between two of its own encoded-words; so both of its readers are asked.
    assert str(make_header(decode_header(message_from_bytes(content)["Subject"]))) == subject


@pytest.mark.requirement("B-13")
@given(link=any_text)
def test_a_value_that_no_literal_header_may_hold_stops_that_reader_alone(link: str) -> None:
    made = Stencil(WORDS)
    try:
        content = made.fill(Copy(7, "a@example.org", WORDS, VALUES | {"unsubscribe": link}), IDENTITY, MOMENT).content
    except (UnsafeMessage, MissingMergeValue):
        assert not on_one_line(link).isascii() or not on_one_line(link)
    else:
        assert_safe(content)
        assert f"\r\nList-Unsubscribe: <{on_one_line(link)}>\r\n".encode() in content
    assert_safe(made.fill(Copy(8, "b@example.org", WORDS, VALUES), IDENTITY, MOMENT).content)


def test_a_literal_header_longer_than_a_line_is_refused() -> None:
    with pytest.raises(UnsafeMessage):
        filled(unsubscribe="https://act.example.org/u/" + "x" * 998)


@pytest.mark.requirement("B-13")
@pytest.mark.parametrize("length", [10, 49, 50, 75, 76, 77, 78, 400])
def test_a_long_link_is_neither_folded_nor_encoded_in_its_header(length: int) -> None:
    link = f"https://act.example.org/u/{'k' * length}"
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in filled(unsubscribe=link).content


def test_a_value_inside_an_address_is_percent_encoded_and_a_whole_address_is_not() -> None:
    link = f"https://example.org/?q={NAME}"
    content = filled(
        replace(WORDS, text=f"{link} {ACT}", html=f'<a href="{link}">{NAME}</a>'), first_name="A&B ስ"
    ).content
    assert body_of(content, "plain") == f"https://example.org/?q=A%26B%20%E1%88%B5 {VALUES['act']}\n"
    assert body_of(content, "html") == '<a href="https://example.org/?q=A%26B%20%E1%88%B5">A&amp;B ስ</a>\n'


def test_a_fallback_stands_in_and_a_value_without_one_stops_that_reader_alone() -> None:
    made = Stencil(WORDS)
    with pytest.raises(MissingMergeValue, match="act"):
        made.fill(Copy(7, "a@example.org", WORDS, VALUES | {"act": ""}), IDENTITY, MOMENT)
    nameless = made.fill(Copy(8, "b@example.org", WORDS, VALUES | {"first_name": " "}), IDENTITY, MOMENT)
    assert "Dear friend," in body_of(nameless.content, "plain")


def test_a_value_without_utf_8_stops_that_reader_alone() -> None:
    words = replace(WORDS, subject="Write")
    with pytest.raises(UnsafeMessage):
        filled(words, first_name="a\ud800")


@pytest.mark.requirement("B-34", "B-35")
def test_an_address_outside_ascii_is_written_as_smtp_wants_it() -> None:
    message = filled(address="a@bücher.example")
    assert (message.recipient, message.needs_smtputf8) == ("a@xn--bcher-kva.example", False)
    assert b"\r\nTo: a@xn--bcher-kva.example\r\n" in message.content
    other = filled(address="ស្រី@example.org")
    assert other.needs_smtputf8
    assert "\r\nTo: ស្រី@example.org\r\n".encode() in other.content
    with pytest.raises(BadAddress):
        filled(address="nobody")


def test_words_that_name_a_header_twice_are_refused_with_the_first_copy() -> None:
    with pytest.raises(UnsafeMessage):
        filled(replace(WORDS, headers=(*WORDS.headers, ("Subject", "again"))))


def test_words_are_cut_once_while_their_key_is_the_same() -> None:
    assert cut(WORDS) is cut(replace(WORDS))
    assert cut(WORDS) is not cut(replace(WORDS, key=(2, "en")))


def test_only_the_last_stencils_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stencil, "STENCILS", 2)
    first, second, third = (replace(WORDS, key=("kept", number)) for number in range(3))
    kept = cut(first)
    cut(second)
    assert cut(first) is kept
    cut(third)
    assert cut(first) is kept


@pytest.mark.requirement("B-18", "B-19")
def test_two_fills_are_the_same_bytes_even_by_a_stencil_that_was_cut_anew() -> None:
    assert filled() == filled() == cut(WORDS).fill(Copy(7, "reader@example.org", WORDS, VALUES), IDENTITY, MOMENT)
