import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.supporters.typed_text import NotAllowed, clean_line, clean_name, clean_text, web_addresses_in

# As people write their own names, in some of the languages that they do it in.
NAMES = [
    "Ann Lee",
    "Jean-Luc O’Brien",
    "D'Angelo",
    "María José Núñez",
    "Łukasz Żółć",
    "Đặng Thị Hồng",
    "Þórður Ægisson",
    "Ştefan Ţepeş",
    "Ѓорѓи Џамбазов",
    "Олександр Їжак",
    "Νίκος Παπαδόπουλος",
    "Գևորգ Չաուշ",
    "გიორგი ბერიძე",
    "محمد بن سلمى",
    "می‌خواهم نیکی",
    "דוד בן־גוריון",
    "ሀይሉ ገብረ",
    "सुनीता शर्मा",
    "ক্ষিতি চট্টোপাধ্যায়",
    "ਗੁਰਪ੍ਰੀਤ",
    "ગાંધી",
    "தமிழ்ச்செல்வி",
    "రాజు",
    "ಕನ್ನಡ",
    "മലയാളം",
    "ක්‍රිෂ්ණ",
    "สมชาย ใจดี",
    "ລາວ",
    "មុ សុខហួរ",
    "ဒေါ်အောင်ဆန်းစုကြည်",
    "བསྟན་འཛིན་རྒྱ་མཚོ་",
    "山田 太郎",
    "김철수",
    "王小明",
    "Nguyễn",
    "X Æ",
    "J. R. R.",
]


@pytest.mark.requirement("L-05")
@pytest.mark.parametrize("name", NAMES)
def test_a_real_name_passes_unchanged(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.requirement("L-05")
def test_text_is_normalised_to_nfc() -> None:
    assert clean_line("Zoe\u0308") == "Zoë"
    assert clean_text("Zoe\u0308") == "Zoë"


@pytest.mark.requirement("L-05")
@pytest.mark.parametrize(
    "mark",
    [
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff",
        "\U000e0001",
        "\U000e0041",
        "\U000e007f",
    ],
    ids=lambda mark: f"U+{ord(mark):04X}",
)
def test_what_moves_or_hides_what_is_read_is_taken_out(mark: str) -> None:
    assert clean_name(f"An{mark}n") == "Ann"
    assert clean_text(f"Dear{mark} you") == "Dear you"


@pytest.mark.requirement("L-05")
def test_joiners_stay_where_scripts_need_them() -> None:
    assert clean_name("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("ක්\u200dෂ") == "ක්\u200dෂ"


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    "control", ["\r", "\n", "\r\n", "\0", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029"]
)
def test_a_line_holds_no_break_and_no_control(control: str) -> None:
    for clean in (clean_line, clean_name):
        with pytest.raises(NotAllowed) as refused:
            clean(f"Ann{control}Bcc: eve@example.org")
        assert refused.value.why == "control"


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    "word",
    [
        "=?utf-8?q?x=0d=0aBcc:_eve@example.org?=",
        "=?utf-8?b?QmNjOg==?=",
        "a =?",
        "=\u200b?utf-8?q?x?=",
        "=\u202e?utf-8?q?x?\u2060=",
    ],
)
def test_an_encoded_word_is_refused_also_with_an_invisible_mark_inside(word: str) -> None:
    for clean in (clean_line, clean_name):
        with pytest.raises(NotAllowed) as refused:
            clean(word)
        assert refused.value.why == "encoded"


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize(
    "name",
    ["Visit http://evil.test", "https:evil", "www.evil.test", "evil.com now", "EVIL.XYZ", "ftp://x", "evil\u200b.com"],
)
def test_a_name_holds_no_web_address(name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        clean_name(name)
    assert refused.value.why == "url"


@pytest.mark.requirement("W-15", "L-02")
@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@x", "＝1", '"Ann"', "Ann <x>", "Ann; Eve", "a@b", "|x"])
def test_a_name_starts_no_formula_and_ends_no_address(name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        clean_name(name)
    assert refused.value.why == "formula"


def test_spaces_of_a_line_are_made_one() -> None:
    assert clean_line("  Ann \u00a0  Lee ") == "Ann Lee"


def test_a_text_keeps_its_paragraphs() -> None:
    assert clean_text("Dear Sir,\r\n\r\nplease.\rYours\n") == "Dear Sir,\n\nplease.\nYours"
    assert clean_text("a\tb") == "a\tb"


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("control", ["\0", "\x0b", "\x0c", "\x1b", "\x7f", "\u2028", "\u2029"])
def test_a_text_holds_no_control(control: str) -> None:
    with pytest.raises(NotAllowed):
        clean_text(f"Dear{control}Sir")


@pytest.mark.requirement("L-03", "L-05")
@given(st.text())
def test_whatever_passes_once_passes_again_unchanged_and_is_one_line(typed: str) -> None:
    try:
        cleaned = clean_line(typed)
    except NotAllowed:
        return
    assert clean_line(cleaned) == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert "=?" not in cleaned
    assert cleaned == cleaned.strip()


@given(st.text())
def test_a_clean_text_is_clean(typed: str) -> None:
    try:
        cleaned = clean_text(typed)
    except NotAllowed:
        return
    assert clean_text(cleaned) == cleaned
    assert "\r" not in cleaned


@pytest.mark.parametrize("part", ["x", "a-", "x.", "http", "=?"])
def test_a_word_of_a_million_letters_is_looked_at_once(part: str) -> None:
    """Where each letter was looked at again from each before it, one post kept a process busy, for a day by now."""
    word = part * (1_000_000 // len(part))
    assert web_addresses_in(word) == []
    assert web_addresses_in(f"{word}a.com {word}") == [f"{word}a.com"]
