import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.sending.headers import BadAddress, UnsafeMessage, literal, mailbox, unstructured, wire_address

# One sentence in each of twenty scripts.
SCRIPTS = [
    "Free her now",
    "Libérez-la, s’il vous plaît",
    "ដោះលែងលោកស្រី មូរ សុខហួរ ភ្លាម",
    "أطلقوا سراحها الآن",
    "آزادش کنید",
    "שחררו אותה עכשיו",
    "Освободите её сейчас",
    "Ελευθερώστε την τώρα",
    "立即释放她",
    "彼女を今すぐ解放してください",
    "그녀를 당장 석방하라",
    "ปล่อยตัวเธอเดี๋ยวนี้",
    "ປ່ອຍນາງດຽວນີ້",
    "သူမကို ယခုလွှတ်ပေးပါ",
    "उसे अभी रिहा करो",
    "তাকে এখনই মুক্তি দিন",
    "அவளை இப்போது விடுவியுங்கள்",
    "ఆమెను ఇప్పుడే విడుదల చేయండి",
    "გაათავისუფლეთ ის ახლავე",
    "Ազատե՛ք նրան հիմա",
    "አሁኑኑ ፍቷት",
    "👩🏽‍⚖️🕊️ free",
]
ATTACKS = [
    "=?utf-8?q?foo=0d=0aBcc:_evil@x.example?=",
    "=?utf-8?b?Zm9vDQpCY2M6IGV2aWxAeC5leGFtcGxl?=",
    "=?iso-8859-1?q?=0aBcc:_evil@x.example?= and more",
]
printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


def value_of(line: str) -> str:
    """As a reader's program unfolds and decodes it."""
    unfolded = line.replace("\r\n", "").partition(": ")[2]
    return str(make_header(decode_header(unfolded)))


@pytest.mark.requirement("B-33")
@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("times", [1, 7, 40])
def test_a_subject_in_any_script_comes_back_whole(text: str, times: int) -> None:
    subject = " ".join([text] * times)
    line = unstructured("Subject", subject)
    assert value_of(line) == subject
    assert line.isascii()
    for part in line.split("\r\n"):
        assert len(part) <= (76 if "=?" in part else 78)
    for word in re.findall(r"=\?.*?\?=", line):
        assert len(word) <= 75
        assert str(make_header(decode_header(word)))


@pytest.mark.requirement("B-33")
@given(printable)
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    line = unstructured("Subject", subject)
    if line.isascii() and "=?" not in line:
        assert line.replace("\r\n", "") == f"Subject: {subject}"
    else:
        assert value_of(line) == subject
    assert all(len(part) <= 76 for part in line.split("\r\n") if "=?" in part)
    assert not re.search(r"\r\n(?![ ]\S)", line)


def test_a_plain_subject_stays_readable() -> None:
    assert unstructured("Subject", "Please confirm: 2 things") == "Subject: Please confirm: 2 things"
    folded = unstructured("Subject", "word " * 60 + "end")
    assert max(map(len, folded.split("\r\n"))) <= 78
    assert folded.replace("\r\n", "") == "Subject: " + "word " * 60 + "end"


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_typed_encoded_word_is_shown_not_decoded(attack: str) -> None:
    for line in (unstructured("Subject", attack), mailbox("From", "a@x.example", attack)):
        message = message_from_bytes(f"{line}\r\n\r\n".encode())
        assert len(message.keys()) == 1
        assert "\n" not in value_of(line)
        assert value_of(line).removesuffix(" <a@x.example>") == attack


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    "control", ["\r", "\n", "\r\n", "\0", "\x0b", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ud800"]
)
def test_a_control_character_in_a_header_is_refused(control: str) -> None:
    with pytest.raises(UnsafeMessage):
        unstructured("Subject", f"a{control}b")
    with pytest.raises(UnsafeMessage):
        mailbox("From", "a@x.example", f"a{control}b")
    with pytest.raises(UnsafeMessage):
        literal("List-Id", f"a{control}b")
    with pytest.raises(UnsafeMessage):
        wire_address(f"a{control}b@x.example")


@pytest.mark.requirement("B-13")
@pytest.mark.parametrize("length", range(10, 401, 6))
def test_a_link_in_a_header_is_neither_encoded_nor_folded(length: int) -> None:
    value = f"<https://act.example.org/u/{'x' * length}>"
    assert literal("List-Unsubscribe", value) == f"List-Unsubscribe: {value}"


@pytest.mark.requirement("B-31")
def test_a_literal_header_longer_than_a_line_may_be_is_refused() -> None:
    assert len(literal("X", "y" * 995)) == 998
    with pytest.raises(UnsafeMessage):
        literal("X", "y" * 996)


@pytest.mark.parametrize(("name", "value"), [("Li st", "x"), ("List:", "x"), ("", "x"), ("List-Id", "é"), ("A", " ")])
def test_a_literal_header_is_ascii_with_a_proper_name(name: str, value: str) -> None:
    with pytest.raises(UnsafeMessage):
        literal(name, value)


@pytest.mark.requirement("B-33", "L-01")
@pytest.mark.parametrize(
    "name",
    ["Open Door", "Alice Example via Open Door", "O'Neill, J. (Jr.)", 'The "Fund"', "back\\slash", "a@b", *SCRIPTS],
)
def test_a_display_name_comes_back_with_its_address(name: str) -> None:
    line = mailbox("From", "letters@open-door.example", name)
    assert line.isascii()
    shown, address = parseaddr(line.replace("\r\n", "").partition(": ")[2])
    assert str(make_header(decode_header(shown))) == name
    assert address == "letters@open-door.example"
    assert all(len(part) <= 78 for part in line.split("\r\n"))


@given(printable.filter(lambda name: bool(name.strip())))
def test_any_display_name_leaves_one_address(name: str) -> None:
    line = mailbox("From", "a@x.example", name)
    assert parseaddr(line.replace("\r\n", "").partition(": ")[2])[1] == "a@x.example"


@pytest.mark.requirement("B-34")
def test_a_domain_outside_ascii_becomes_a_labels() -> None:
    assert wire_address("a@bücher.example") == "a@xn--bcher-kva.example"
    assert wire_address("a@straße.example") == "a@xn--strae-oqa.example"
    assert wire_address("a@EXAMPLE.org") == "a@example.org"
    assert wire_address("a@ខ្មែរ.example").isascii()


@pytest.mark.requirement("B-35")
@pytest.mark.parametrize("local", ["ស្រី", "josé", "用户", "ali.رضا"])
def test_a_local_part_outside_ascii_is_left_as_it_is(local: str) -> None:
    assert wire_address(f"{local}@example.org") == f"{local}@example.org"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("a.b+c@x.example", "a.b+c@x.example"),
        ("a b@x.example", '"a b"@x.example'),
        ('"a b"@x.example', '"a b"@x.example'),
        ('"plain"@x.example', "plain@x.example"),
        ("a..b@x.example", '"a..b"@x.example'),
        ('q"x@x.example', '"q\\"x"@x.example'),
        ("a@b@x.example", '"a@b"@x.example'),
    ],
)
def test_a_local_part_is_quoted_where_it_must_be(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.requirement("B-36")
def test_an_address_is_as_long_as_smtp_allows_and_no_longer() -> None:
    labels = ".".join(["d" * 60] * 3)
    assert wire_address(f"{'l' * 64}@{labels}")
    with pytest.raises(BadAddress):
        wire_address(f"{'l' * 65}@x.example")
    with pytest.raises(BadAddress):
        wire_address(f"{'é' * 33}@x.example")
    fitting = 256 - len("<@>") - 64
    domain = ".".join(["d" * 60] * 4)[:fitting].rstrip(".")
    assert wire_address(f"{'l' * 64}@{domain}")
    with pytest.raises(BadAddress):
        wire_address(f"{'l' * 64}@{domain}ddd")


@pytest.mark.parametrize("address", ["", "a", "@x.example", "a@", "a@x..example", "a@-x", "a@x y", "ș ă@x.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        wire_address(address)
