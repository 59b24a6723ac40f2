from flask import Flask

from actions.pages import tellers
from tests.factories.pages import make_page


def test_a_page_is_told_what_other_rooms_can_say_of_it(app: Flask) -> None:
    page = make_page()
    tellers.register("test", lambda one: (f"{one.slug} has news.", "/there"))
    tellers.register("silent", lambda _: None)
    try:
        assert ("free-her has news.", "/there") in tellers.told_of(page)
        assert None not in tellers.told_of(page)
    finally:
        for name in ("test", "silent"):
            tellers.forget(name)
    assert tellers.told_of(page) == []
