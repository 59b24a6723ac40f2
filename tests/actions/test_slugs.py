import pytest

from actions.slugs import free_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Free Her, Now!", "free-her-now"),
        ("Élise à Gex", "elise-a-gex"),
        ("សេរីភាព", "page"),
        ("../../etc", "etc"),
        ("a" * 50, "a" * 12),
        ("eleven-long- x", "eleven-long"),
    ],
)
def test_a_slug_is_of_the_letters_that_an_address_may_have(title: str, slug: str) -> None:
    assert free_slug(title, longest=12, otherwise="page", is_taken=lambda _: False) == slug


def test_what_is_called_the_same_gets_a_number() -> None:
    taken = {"free-her", "free-her-2"}
    assert free_slug("Free her", longest=40, otherwise="page", is_taken=taken.__contains__) == "free-her-3"
