import pytest
from sqlalchemy.exc import NoResultFound

from actions.actors import OPERATOR, VISITOR
from actions.addresses import parse_address
from actions.lists.models import MailingList
from actions.lists.operations import leave, save_list, subscribe
from actions.lists.queries import (
    NoList,
    by_slug,
    description_in,
    name_in,
    subscription_of,
    subscriptions_of,
    the_list,
    the_lists,
)
from actions.supporters.operations import find_or_add

WORDS = {"en": {"name": "Updates", "description": "Now and then."}, "km": {"name": "ដំណឹង"}}


@pytest.fixture
def updates(app: object) -> MailingList:
    return save_list("updates", "l1", WORDS, by=OPERATOR)


def test_a_list_has_a_name_in_every_language(updates: MailingList) -> None:
    assert name_in(updates, "km") == "ដំណឹង"
    assert name_in(updates, "ar") == "Updates"
    assert description_in(updates, "en") == "Now and then."
    assert not description_in(updates, "km")


def test_a_page_offers_the_oldest_list(updates: MailingList) -> None:
    second = save_list("events", "l2", WORDS, by=OPERATOR)
    assert the_list() is updates
    assert the_lists() == [updates, second]
    assert by_slug("events") is second
    assert by_slug("nothing") is None


@pytest.mark.usefixtures("app")
def test_before_the_first_set_up_there_is_none() -> None:
    with pytest.raises(NoList):
        the_list()


def test_what_somebody_is_on_now(updates: MailingList) -> None:
    supporter = find_or_add(parse_address("ada@example.org"), language="en", source="join", by=VISITOR)
    with pytest.raises(NoResultFound):
        subscription_of(updates.id, supporter.id)
    subscribe(updates.id, supporter.id, by=VISITOR)
    assert [joined for _, joined in subscriptions_of(supporter.id)] == [updates]
    leave(updates.id, supporter.id, by=VISITOR)
    assert subscriptions_of(supporter.id) == []
