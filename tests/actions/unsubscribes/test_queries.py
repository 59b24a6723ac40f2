from datetime import timedelta

import pytest
from flask import Flask

from actions.clock import clock
from actions.lists.queries import subscription_of
from actions.tokens import InvalidToken, Purpose, tokens
from actions.unsubscribes.queries import CASE, LIST, leaving
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter


@pytest.mark.requirement("B-44")
def test_a_link_names_one_list_by_its_subscription_and_works_for_ever(app: Flask) -> None:
    joined = make_list()
    ann = make_subscriber(joined)
    token = tokens.sign(Purpose.UNSUBSCRIBE, LIST, subscription_of(joined.id, ann.id).id)
    clock.move(timedelta(days=730))
    what = leaving(token)
    assert (what.supporter, what.joined, what.page) == (ann, joined, None)
    assert what.name("en") == "Updates"


@pytest.mark.requirement("B-44")
def test_a_link_names_one_case(app: Flask) -> None:
    make_organisation()
    page, ann = make_page(), make_supporter()
    what = leaving(tokens.sign(Purpose.UNSUBSCRIBE, CASE, ann.id, page.id))
    assert (what.supporter, what.joined, what.page) == (ann, None, page)
    assert what.name("km") == "Free her"


@pytest.mark.requirement("B-41")
def test_what_is_gone_by_now_is_nobody_and_nothing(app: Flask) -> None:
    assert leaving(tokens.sign(Purpose.UNSUBSCRIBE, LIST, 999)).supporter is None
    gone = leaving(tokens.sign(Purpose.UNSUBSCRIBE, CASE, 999, 999))
    assert (gone.supporter, gone.page, gone.name("en")) == (None, None, "")


@pytest.mark.requirement("B-44")
@pytest.mark.parametrize("parts", [("l",), ("l", 1, 2), ("c", 1), ("x", 1), ("",)])
def test_a_link_of_another_shape_is_none(app: Flask, parts: tuple[int | str, ...]) -> None:
    with pytest.raises(InvalidToken):
        leaving(tokens.sign(Purpose.UNSUBSCRIBE, *parts))
