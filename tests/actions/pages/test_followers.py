from flask import Flask

from actions.actors import OPERATOR, Actor
from actions.pages import followers
from actions.pages.models import Page
from tests.factories.pages import make_page


def test_who_follows_a_page_is_told_of_its_new_letter(app: Flask) -> None:
    told: list[str] = []

    def follower(page: Page, *, by: Actor) -> int:
        told.append(page.slug)
        return 2

    followers.register("test", follower)
    try:
        assert followers.tell(make_page(), by=OPERATOR) == 2
    finally:
        followers.forget("test")
    assert told == ["free-her"]
