import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.sending.replies import NotSmtp, Replies, Reply


def test_a_reply_of_several_lines_is_one() -> None:
    assert Replies().feed(b"250-one\r\n250-two\r\n250 2.1.0 three\r\n") == [Reply(250, ("one", "two", "2.1.0 three"))]


def test_a_code_alone_is_a_reply() -> None:
    assert Replies().feed(b"250\r\n") == [Reply(250, ("",))]


@given(st.lists(st.integers(1, 20), max_size=20))
def test_replies_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    said, replies, heard = b"250 one\r\n250-two\r\n250 three\r\n354 go\r\n550 5.1.1 no\n", Replies(), []
    for cut in cuts:
        heard += replies.feed(said[:cut])
        said = said[cut:]
    heard += replies.feed(said)
    assert heard == [
        Reply(250, ("one",)),
        Reply(250, ("two", "three")),
        Reply(354, ("go",)),
        Reply(550, ("5.1.1 no",)),
    ]
    assert not replies.is_amid


def test_what_is_not_whole_is_kept() -> None:
    replies = Replies()
    assert replies.feed(b"250-one\r\n") == []
    assert replies.is_amid


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        (450, "4.2.0 Later", "4.2.0"),
        (550, "5.1.1", "5.1.1"),
        (550, "4.1.1 Confused", None),
        (250, "Ok", None),
        (550, "5.1.1000 x", None),
    ],
)
def test_an_enhanced_code_counts_where_it_agrees_with_the_plain_one(code: int, text: str, status: str | None) -> None:
    assert Reply(code, (text,)).status == status


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("garbage", [b"\xff\xfe\r\n", b"hello\r\n", b"99 x\r\n", b"x" * 9000, b"250-x\r\n" * 300])
def test_garbage_is_not_smtp(garbage: bytes) -> None:
    with pytest.raises(NotSmtp):
        Replies().feed(garbage)
