import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR, supporter
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose
from actions.consents.queries import standing
from actions.extensions import db
from actions.lists.operations import subscribe
from actions.lists.queries import subscriptions_of
from actions.supporters.operations import erase
from actions.suppressions.queries import is_suppressed
from actions.unsubscribes.operations import leave, leave_all
from actions.unsubscribes.queries import Leaving
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news


def records() -> int:
    return db.session.scalar(select(func.count()).select_from(Consent)) or 0


@pytest.mark.requirement("C-32")
def test_leaving_one_list_leaves_the_other_and_the_case_alone(app: Flask) -> None:
    make_organisation()
    joined, other, page = make_list(), make_list("alerts"), make_page()
    ann = make_subscriber(joined)
    subscribe(other.id, ann.id, by=OPERATOR)
    say_about_news(page, ann)
    leave(Leaving(ann, joined=joined), by=supporter(ann.id))
    assert [on.slug for _, on in subscriptions_of(ann.id)] == ["alerts"]
    assert [consent.purpose for consent in standing(ann.id)] == [ConsentPurpose.CASE_NEWS]
    assert not is_suppressed([ann.email_hash or b""])


@pytest.mark.requirement("C-32")
def test_leaving_one_case_leaves_the_list_and_the_other_case_alone(app: Flask) -> None:
    make_organisation()
    joined, page, other = make_list(), make_page(), make_page("other")
    ann = make_subscriber(joined)
    for each in (page, other):
        say_about_news(each, ann)
    leave(Leaving(ann, page=page), by=supporter(ann.id))
    assert [consent.page_id for consent in standing(ann.id)] == [other.id]
    assert len(subscriptions_of(ann.id)) == 1


@pytest.mark.requirement("B-41")
def test_leaving_twice_is_once_and_leaves_one_record(app: Flask) -> None:
    make_organisation()
    joined, page = make_list(), make_page()
    ann = make_subscriber(joined)
    say_about_news(page, ann)
    for _ in range(3):
        leave(Leaving(ann, joined=joined), by=supporter(ann.id))
        leave(Leaving(ann, page=page), by=supporter(ann.id))
    withdrawn = select(func.count()).select_from(Consent).where(Consent.event == ConsentEvent.WITHDRAWN)
    assert db.session.scalar(withdrawn) == 2


@pytest.mark.requirement("B-41")
def test_what_is_gone_is_left_already(app: Flask) -> None:
    make_organisation()
    joined = make_list()
    ann = make_supporter()
    leave(Leaving(None), by=OPERATOR)
    leave(Leaving(ann), by=OPERATOR)
    leave(Leaving(ann, joined=joined), by=OPERATOR)
    erase(ann, by=OPERATOR)
    leave(Leaving(ann, joined=joined), by=OPERATOR)
    leave_all(ann, by=OPERATOR)
    assert records() == 0


@pytest.mark.requirement("C-39")
def test_leaving_everything_is_remembered_so_that_no_import_brings_it_back(app: Flask) -> None:
    make_organisation()
    joined, page = make_list(), make_page()
    ann = make_subscriber(joined)
    say_about_news(page, ann)
    leave_all(ann, by=supporter(ann.id))
    assert (subscriptions_of(ann.id), list(standing(ann.id))) == ([], [])
    assert is_suppressed([ann.email_hash or b""])
