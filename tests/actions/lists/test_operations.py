import pytest
from flask import Flask

from actions.actors import OPERATOR, VISITOR
from actions.addresses import parse_address
from actions.lists.models import MailingList, SubscriptionState
from actions.lists.operations import ListRefused, add_list, leave, save_list, subscribe
from actions.lists.queries import subscription_of
from actions.supporters.operations import find_or_add

WORDS = {"en": {"name": "Updates", "description": "Now and then."}}


@pytest.fixture
def updates(app: object) -> MailingList:
    return save_list("updates", "l1", WORDS, by=OPERATOR)


@pytest.fixture
def supporter_id(app: object) -> int:
    return find_or_add(parse_address("ada@example.org"), language="en", source="join", by=VISITOR).id


@pytest.mark.requirement("B-15")
def test_a_list_may_be_renamed_and_keeps_the_label_that_mail_programs_know_it_by(updates: MailingList) -> None:
    renamed = save_list("updates", "other", {"en": {"name": "Open Door updates"}}, by=OPERATOR)
    assert renamed.id == updates.id
    assert renamed.label == "l1"
    assert renamed.wordings["en"]["name"] == "Open Door updates"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("label", "wordings"), [("Free Her!", WORDS), ("", WORDS), ("l1", {}), ("l1", {"en": {"description": "…"}})]
)
def test_a_list_without_a_name_or_with_a_label_that_is_none_is_refused(
    label: str, wordings: dict[str, dict[str, str]]
) -> None:
    with pytest.raises(ListRefused):
        save_list("updates", label, wordings, by=OPERATOR)


def test_joining_twice_is_joining_once(updates: MailingList, supporter_id: int) -> None:
    assert subscribe(updates.id, supporter_id, by=VISITOR)
    assert not subscribe(updates.id, supporter_id, by=VISITOR)


def test_whoever_left_may_join_again(updates: MailingList, supporter_id: int) -> None:
    subscribe(updates.id, supporter_id, by=VISITOR)
    assert leave(updates.id, supporter_id, by=VISITOR)
    assert not leave(updates.id, supporter_id, by=VISITOR)
    assert subscription_of(updates.id, supporter_id).state is SubscriptionState.LEFT
    assert subscribe(updates.id, supporter_id, by=VISITOR)
    assert subscription_of(updates.id, supporter_id).left_at is None


def test_nobody_leaves_a_list_that_they_were_not_on(updates: MailingList, supporter_id: int) -> None:
    assert not leave(updates.id, supporter_id, by=VISITOR)


def test_a_new_list_gets_a_label_that_says_nothing(app: Flask) -> None:
    made = add_list({"km": {"name": "សារព័ត៌មាន", "description": ""}}, by=OPERATOR)
    assert made.slug == "list"
    assert made.label.startswith("l-")
    with pytest.raises(ListRefused):
        add_list({"en": {"name": ""}}, by=OPERATOR)
