import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import WORKER, supporter
from actions.confirmations.giving import give
from actions.consents.models import Consent, ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import text_for
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import subscriptions_of
from actions.supporters.models import Supporter
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.suppressions.queries import is_suppressed
from tests.factories.mail import links_in
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter
from tests.factories.waiting import mails


@pytest.fixture
def joined(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def ann(joined: MailingList) -> Supporter:
    return make_supporter("ann@example.org")


def tick(ann: Supporter, purpose: ConsentPurpose, **scope: int) -> None:
    ticked = Ticked(purpose, text_for(purpose, "en").id, **scope)
    give(ann, [ticked.to_json()], channel="sign: free-her", requested_at=clock.now(), by=supporter(ann.id))
    db.session.commit()


@pytest.mark.requirement("C-32")
def test_only_the_box_of_the_list_puts_anybody_on_it(joined: MailingList, ann: Supporter) -> None:
    page = make_page()
    for purpose in set(ConsentPurpose) - {ConsentPurpose.LIST}:
        tick(ann, purpose, page_id=page.id)
    assert subscriptions_of(ann.id) == []
    assert mails("welcome") == []
    tick(ann, ConsentPurpose.LIST, list_id=joined.id)
    assert len(subscriptions_of(ann.id)) == 1


@pytest.mark.requirement("C-30")
def test_each_box_is_a_record_of_its_own(joined: MailingList, ann: Supporter) -> None:
    page = make_page()
    tick(ann, ConsentPurpose.SIGN, page_id=page.id)
    tick(ann, ConsentPurpose.CASE_NEWS, page_id=page.id)
    assert [record.purpose for record in db.session.scalars(select(Consent).order_by(Consent.id))] == [
        ConsentPurpose.SIGN,
        ConsentPurpose.CASE_NEWS,
    ]


@pytest.mark.requirement("C-36")
def test_who_joins_is_welcomed_once_with_a_link_to_leave(joined: MailingList, ann: Supporter) -> None:
    tick(ann, ConsentPurpose.LIST, list_id=joined.id)
    tick(ann, ConsentPurpose.LIST, list_id=joined.id)
    welcome, *more = mails("welcome")
    assert more == []
    assert len(links_in(welcome, "/u/")) == 1
    assert len(links_in(welcome, "/p/")) == 1


@pytest.mark.requirement("C-39", "B-54")
@pytest.mark.parametrize("purpose", list(ConsentPurpose))
def test_only_asking_for_mail_ends_an_objection_to_it(
    joined: MailingList, ann: Supporter, purpose: ConsentPurpose
) -> None:
    suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    tick(ann, purpose, page_id=make_page().id)
    asks = purpose in {ConsentPurpose.LIST, ConsentPurpose.CASE_NEWS}
    assert is_suppressed([ann.email_hash or b""]) is not asks
