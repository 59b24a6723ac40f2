import pytest

from actions.tags.naming import LONGEST, MOST_OF_ONE, NotATag, clean_tag, key_of, read_tags, written


@pytest.mark.parametrize("name", ["volunteer", "Freiwillige Köln", "صحفي", "អ្នកស្ម័គ្រចិត្ត", "2026 march"])
def test_a_tag_is_a_word_or_two_of_any_script(name: str) -> None:
    assert clean_tag(f"  {name.replace(' ', '  ')} ") == name


@pytest.mark.requirement("W-15")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "begins with a letter"),
        ("=1+1", "begins with a letter"),
        ("＝1", "begins with a letter"),
        ("a\nb", "one line"),
        ("a" * (LONGEST + 1), "at most 50"),
        ("a, b", "no comma"),
        ("a;b", "no comma"),
        ("أ، ب", "no comma"),
    ],
)
def test_what_is_no_tag_is_refused_with_what_to_type(typed: str, said: str) -> None:
    with pytest.raises(NotATag, match=said):
        clean_tag(typed)


def test_a_cell_holds_each_tag_once() -> None:
    assert read_tags("donor; volunteer ,, Donor") == ("Donor", "volunteer")
    assert read_tags("") == ()
    assert read_tags(written(["a b", "c"])) == ("a b", "c")
    assert key_of("Straße") == key_of("STRASSE")


def test_a_cell_of_very_many_tags_is_refused() -> None:
    read_tags(",".join(f"t{number}" for number in range(MOST_OF_ONE)))
    with pytest.raises(NotATag, match="more than 20"):
        read_tags(",".join(f"t{number}" for number in range(MOST_OF_ONE + 1)))
