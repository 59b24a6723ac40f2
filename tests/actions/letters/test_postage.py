import pytest

from actions.letters.postage import postage


@pytest.mark.parametrize(
    ("writer", "target", "stamp", "time"),
    [
        ("DE", "DE", "ordinary letter is enough", "within a few days"),
        ("PR", "US", "ordinary letter is enough", "within a few days"),
        ("de", "ch", "abroad", "about a week within Europe"),
        ("GB", "UA", "abroad", "about a week within Europe"),
        ("DE", "US", "abroad", "one to three weeks"),
        ("KH", "TH", "abroad", "one to three weeks"),
        ("XX", "DE", "abroad", "one to three weeks"),
    ],
)
def test_the_stamp_and_the_time_follow_from_both_countries(writer: str, target: str, stamp: str, time: str) -> None:
    said = postage(writer, target, "en")
    assert stamp in said.stamp
    assert time in said.time


@pytest.mark.parametrize("language", ["ar", "km"])
def test_hints_are_in_the_readers_language_and_hold_no_price(language: str) -> None:
    said = postage("DE", "US", language)
    assert said.time != postage("DE", "US", "en").time
    assert not set("€$£") & set(said.stamp)
