from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from actions import clock
from actions.actors import OPERATOR, VISITOR, WORKER, supporter
from actions.addresses import parse_address
from actions.clock import clock as the_clock
from actions.consents.models import ConsentPurpose
from actions.consents.queries import history, standing
from actions.deliveries.composing import compose
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.lists.queries import subscriptions_of
from actions.pages.counting import tally
from actions.pages.models import Page
from actions.preferences import operations
from actions.signatures.models import Signature, SignatureState
from actions.signatures.queries import ACTS
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.suppressions.queries import is_suppressed
from actions.suppressions.queries import standing as suppression_of
from actions.tokens import Purpose, tokens
from actions.transaction import transaction
from tests.factories.canary import CANARIES, EMAIL, dump, live_a_life, opened, redis_dump, work_at_the_desk
from tests.factories.deliveries import beside
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news
from tests.factories.waiting import due, mails, newest_link, wait

MOMENT = timedelta(seconds=5)


@pytest.mark.requirement("C-36", "C-32")
def test_a_choice_changes_what_was_chosen_and_nothing_else(app: Flask) -> None:
    make_organisation()
    joined, other, page, second = make_list(), make_list("alerts"), make_page(), make_page("second")
    ann = make_subscriber(joined)
    for each in (page, second):
        say_about_news(each, ann)
    operations.choose(ann, list_ids={other.id}, page_ids={second.id}, language="km", by=supporter(ann.id))
    assert [on.slug for _, on in subscriptions_of(ann.id)] == ["alerts"]
    assert ann.language == "km"
    assert {(one.purpose, one.page_id, one.list_id) for one in standing(ann.id)} == {
        (ConsentPurpose.CASE_NEWS, second.id, None),
        (ConsentPurpose.LIST, None, other.id),
    }
    assert {one.channel for one in history(ann.id)} == {"sign", "preferences"}


def test_saving_what_is_already_so_leaves_no_record(app: Flask) -> None:
    make_organisation()
    joined, page = make_list(), make_page()
    ann = make_subscriber(joined)
    say_about_news(page, ann)
    operations.choose(ann, list_ids={joined.id}, page_ids={page.id}, language="en", by=supporter(ann.id))
    assert len(history(ann.id)) == 1
    assert mails("welcome") == []


@pytest.mark.requirement("B-54")
def test_joining_a_list_again_ends_an_objection(app: Flask) -> None:
    make_organisation()
    joined, ann = make_list(), make_supporter()
    suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    operations.choose(ann, list_ids=set(), page_ids=set(), language="en", by=supporter(ann.id))
    assert is_suppressed([ann.email_hash or b""])
    operations.choose(ann, list_ids={joined.id}, page_ids=set(), language="en", by=supporter(ann.id))
    assert not is_suppressed([ann.email_hash or b""])


def ask_for_link(ann: Supporter) -> None:
    with transaction():
        operations.mail_fresh_link(db.session.get_one(Supporter, ann.id), by=VISITOR)


@pytest.mark.requirement("C-12", "C-37")
def test_a_fresh_link_comes_at_once_then_a_quarter_of_an_hour_apart_and_five_times_a_day(app: Flask) -> None:
    make_organisation()
    ann = make_supporter()
    for _ in range(9):
        ask_for_link(ann)
    moments = due("fresh_link")
    assert len(moments) == 5
    assert abs(moments[0] - clock.now()) < MOMENT
    assert abs(moments[-1] - moments[0] - timedelta(hours=1)) < MOMENT
    wait(hours=26)
    ask_for_link(ann)
    assert len(due("fresh_link")) == 6


@pytest.mark.requirement("C-03")
def test_a_fresh_link_is_good_for_a_day_from_when_it_is_mailed(app: Flask) -> None:
    make_organisation()
    ann = make_supporter()
    ask_for_link(ann)
    ask_for_link(ann)
    token = newest_link("fresh_link", "/p/").removeprefix("/p/")
    the_clock.move(timedelta(hours=24, minutes=10))
    assert tokens.read_ids(Purpose.MY_DATA, token) == [ann.id, ann.generation]


@pytest.mark.requirement("C-12")
def test_asked_for_at_the_same_moment_the_links_keep_their_distance(app: Flask) -> None:
    make_organisation()
    ann = make_supporter()
    beside(app, *[lambda: ask_for_link(ann)] * 6)
    moments = due("fresh_link")
    assert len(moments) == 5
    assert all(later - earlier > timedelta(minutes=14) for earlier, later in pairwise(moments))


@pytest.mark.requirement("C-11", "C-16")
def test_no_link_goes_to_who_complained_never_confirmed_or_is_gone(app: Flask) -> None:
    make_organisation()
    complained, pending = make_supporter(), make_supporter("bea@example.org", state=SupporterState.UNCONFIRMED)
    suppress(complained.email_hash or b"", SuppressionReason.COMPLAINT, by=WORKER)
    gone = make_supporter("eve@example.org")
    operations.erase_everything(gone, by=OPERATOR)
    db.session.commit()
    for who in (complained, pending, gone):
        ask_for_link(who)
    assert mails("fresh_link") == []


@pytest.mark.requirement("P-07", "P-10", "C-38")
def test_a_copied_database_names_nobody_and_redis_knows_nobody(app: Flask, client: FlaskClient) -> None:
    with capture_logs() as logged:
        ann = live_a_life(client)
        work_at_the_desk(app)
    held = opened()
    # Every sealed column holds something, so that none can be forgotten here; these two have been emptied again.
    emptied = {"link_requests.email_sealed", "signups.first_name_sealed"}
    assert {column for column, values in held.items() if not values} == emptied
    assert EMAIL in held["supporters.email_sealed"]
    assert "cannot be opened" not in str(held)
    for canary in CANARIES:
        for table, stored in dump().items():
            assert canary.lower() not in stored.lower(), table
            assert canary.encode().hex() not in stored, table
        assert canary.lower() not in redis_dump().lower()
        assert canary.lower() not in str(logged).lower()
    assert ann.email == EMAIL


@pytest.mark.requirement("C-38")
def test_after_an_erasure_nothing_that_they_ever_typed_is_left(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    with transaction():
        operations.erase_everything(ann, by=supporter(ann.id))
    left = {column: values for column, values in opened().items() if any(_names(value) for value in values)}
    # The last mail says what was erased; its address goes when it has left.
    assert set(left) == {"deliveries.values_sealed"}
    assert [mail.kind for mail in _named_by()] == ["erasure_done"]
    last = mails("erasure_done")[0]
    assert compose([last])[last.id].address == EMAIL
    db.session.execute(db.update(Delivery).values(state=DeliveryState.SENT, values_sealed=None))
    db.session.commit()
    assert not any(_names(value) for values in opened().values() for value in values)
    assert ann.email_hash is None


def _names(value: str) -> bool:
    return any(canary in value for canary in CANARIES)


def _named_by() -> list[Delivery]:
    return [mail for mail in db.session.scalars(select(Delivery)) if _names(mail.values or "")]


@pytest.mark.requirement("C-38")
def test_an_erasure_calls_back_what_has_not_left_and_takes_back_what_counted(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    tally(ACTS)
    with transaction():
        operations.erase_everything(ann, by=supporter(ann.id))
    tally(ACTS)
    db.session.commit()
    db.session.expire_all()
    assert set(db.session.scalars(select(Signature.state))) <= {SignatureState.WITHDRAWN, SignatureState.REFUSED}
    going = {LetterState.UNCONFIRMED, LetterState.READY, LetterState.RELEASED}
    assert not going & set(db.session.scalars(select(Letter.state)))
    assert {page.signature_count for page in db.session.scalars(select(Page))} == {0}
    waiting = select(Delivery.kind).where(Delivery.state == DeliveryState.QUEUED)
    assert set(db.session.scalars(waiting)) == {"erasure_done"}
    assert subscriptions_of(ann.id) == []


@pytest.mark.requirement("C-39")
def test_an_erased_address_is_remembered_as_a_hash_so_that_no_import_brings_it_back(
    app: Flask, client: FlaskClient
) -> None:
    ann = live_a_life(client)
    with transaction():
        operations.erase_everything(ann, by=supporter(ann.id))
    found = suppression_of(parse_address(EMAIL).hashes)
    assert found is not None
    assert found.reason is SuppressionReason.ERASED


@pytest.mark.requirement("C-38")
def test_an_erasure_twice_is_once(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    for _ in range(2):
        with transaction():
            operations.erase_everything(ann, by=supporter(ann.id))
    assert len(mails("erasure_done")) == 1
