from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from actions import clock
from actions.actors import WORKER
from actions.addresses import parse_address
from actions.confirmations import operations
from actions.confirmations.models import Confirmation, ConfirmationItem, ItemState
from actions.deliveries.composing import read_values
from actions.extensions import db
from actions.lists.models import Subscription
from actions.pages.models import Page
from actions.signatures.models import Signature, SignatureState
from actions.signups.models import Signup, SignupState
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.suppressions.queries import is_suppressed, standing
from actions.transaction import transaction
from email_templates.catalogue import Confirmation as ConfirmationEmail
from tests.factories.deliveries import beside
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page
from tests.factories.supporters import make_supporter
from tests.factories.waiting import ANN, due, join, mails, newest_link, send_what_is_due, sign, wait

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# What a machine under load may take between two steps.
MOMENT = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def page(app: Flask) -> None:
    make_organisation()
    make_list()
    make_page()


def email(index: int = -1) -> ConfirmationEmail:
    return read_values(mails()[index]).email  # type: ignore[return-value]  # a confirmation's delivery


def run(task: Callable[..., int]) -> int:
    with transaction():
        return task(by=WORKER)


def states(model: type[Signup] | type[Signature]) -> list[str]:
    db.session.rollback()
    return [state.value for state in db.session.scalars(select(model.state).order_by(model.id))]


@pytest.mark.requirement("C-13")
def test_several_things_that_wait_share_one_mail(client: FlaskClient) -> None:
    join(client)
    sign(client)
    assert len(mails()) == 1
    assert [item.kind for item in email().items] == ["signup", "signature"]
    assert db.session.scalar(select(func.count()).select_from(Confirmation)) == 1


@pytest.mark.requirement("C-13")
def test_what_is_asked_for_after_the_mail_left_comes_in_one_that_lists_all(client: FlaskClient) -> None:
    join(client)
    send_what_is_due()
    sign(client)
    assert len(mails()) == 2
    assert [item.kind for item in email().items] == ["signup", "signature"]


@pytest.mark.requirement("C-12")
def test_the_same_thing_again_waits_for_its_interval(client: FlaskClient) -> None:
    join(client)
    wait(minutes=1)
    join(client, first_name="Ann")
    first, second = due()
    assert abs(second - first - 15 * MINUTE) < MOMENT
    # More of the same fits into the mail that waits.
    join(client, first_name="Anna")
    assert len(due()) == 2


@pytest.mark.requirement("C-12")
def test_the_very_same_form_again_within_the_interval_brings_no_second_mail(client: FlaskClient) -> None:
    join(client)
    wait(minutes=14)
    join(client)
    assert len(due()) == 1
    wait(minutes=2)
    join(client)
    assert len(due()) == 2


@pytest.mark.requirement("C-12")
def test_one_thing_brings_three_mails_a_day_and_five_in_all_however_often_it_is_asked_for(client: FlaskClient) -> None:
    for hour in range(30):
        join(client, first_name=f"Ann {chr(97 + hour % 26)}{chr(97 + hour // 26)}")
        wait(hours=5)
    moments = due()
    assert len(moments) == 5
    assert all(later - earlier > 15 * MINUTE - MOMENT for earlier, later in pairwise(moments))
    assert all(later - earlier > DAY - MOMENT for earlier, later in zip(moments, moments[3:], strict=False))


def titled(page: Page, title: str) -> None:
    page.version += 1
    add_wording(page, title=title)
    db.session.commit()


@pytest.mark.requirement("C-12")
def test_a_flood_over_many_pages_brings_five_mails_a_day_to_one_address(client: FlaskClient) -> None:
    for number in range(8):
        titled(make_page(f"page-{number}"), f"Free her {number}")
    for first_name in ("Ann", "Anna", "Annie"):
        for number in range(8):
            sign(client, f"page-{number}", first_name=first_name)
            wait(minutes=2)
    begin = due()[0]
    assert len([moment for moment in due() if moment < begin + DAY - MOMENT]) == 5
    # Nothing was dropped: the mail that is still to come names each of them.
    assert {item.title for item in email().items} == {f"Free her {number}" for number in range(8)}


@pytest.mark.requirement("C-12")
def test_forms_at_the_same_moment_bring_one_mail(app: Flask, client: FlaskClient) -> None:
    join(client)
    send_what_is_due()
    ann = db.session.scalars(select(Supporter)).one()

    def again() -> None:
        with transaction():
            operations.mail_again(db.session.get_one(Supporter, ann.id), clock.now(), WORKER)

    beside(app, *[again] * 6)
    assert len(mails()) == 2


@pytest.mark.requirement("C-12")
def test_the_mail_that_a_busy_network_asks_for_comes_later(client: FlaskClient) -> None:
    ann = make_supporter(ANN, state=SupporterState.UNCONFIRMED)
    later = clock.now() + timedelta(minutes=5)
    signup = _signup(ann)
    operations.ask(
        ann,
        "signup",
        signup.id,
        subject="signup:1",
        content_hash=b"h" * 32,
        language="en",
        not_before=later,
        by=WORKER,
    )
    db.session.commit()
    assert due() == [later]


def _signup(ann: Supporter) -> Signup:
    made = Signup(
        list_id=1,
        supporter_id=ann.id,
        language="en",
        ticked=[],
        source="join",
        content_hash=b"h" * 32,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


@pytest.mark.requirement("C-16")
def test_one_reminder_comes_after_a_day_and_no_second(client: FlaskClient) -> None:
    join(client)
    wait(hours=23)
    assert run(operations.remind) == 0
    wait(hours=2)
    assert run(operations.remind) == 1
    assert len(mails()) == 2
    assert email().reminder
    for _ in range(5):
        wait(days=1)
        assert run(operations.remind) == 0
    assert len(mails()) == 2


@pytest.mark.requirement("C-16")
def test_what_was_confirmed_is_not_reminded_of(client: FlaskClient) -> None:
    join(client)
    client.post(newest_link())
    wait(days=2)
    assert run(operations.remind) == 0


@pytest.mark.requirement("C-16", "C-44")
def test_what_nobody_confirmed_goes_with_the_address(client: FlaskClient) -> None:
    join(client, first_name="Ann")
    sign(client)
    wait(days=7, hours=1)
    assert run(operations.expire) == 1
    assert (states(Signup), states(Signature)) == (["expired"], ["expired"])
    ann = db.session.scalars(select(Supporter)).one()
    assert (ann.state, ann.email_sealed, ann.email_hash) == (SupporterState.ERASED, None, None)
    assert db.session.scalars(select(Signup.first_name_sealed)).one() is None
    assert db.session.scalars(select(Signature.last_name_sealed)).one() is None
    assert run(operations.expire) == 0


@pytest.mark.requirement("C-16")
def test_an_active_supporter_keeps_the_address_when_a_wish_runs_out(client: FlaskClient) -> None:
    join(client)
    client.post(newest_link())
    sign(client)
    wait(days=8)
    run(operations.expire)
    assert db.session.scalars(select(Supporter)).one().email == ANN


@pytest.mark.requirement("C-12")
def test_a_wish_repeated_after_its_link_ran_out_is_mailed_anew(client: FlaskClient) -> None:
    """Also in the minutes before the sweep found that it had."""
    join(client)
    sign(client)
    wait(days=7, minutes=5)
    join(client)
    assert [item.kind for item in email().items] == ["signup"]
    assert (states(Signup), states(Signature)) == (["unconfirmed"], ["expired"])
    run(operations.expire)
    assert client.post(newest_link()).status_code == 303
    assert states(Signup) == ["confirmed"]


@pytest.mark.requirement("C-15")
def test_this_was_not_me_deletes_what_waited_and_stops_mailings(client: FlaskClient) -> None:
    join(client, first_name="Ann")
    assert client.post(newest_link(), data={"do": "refuse"}).status_code == 200
    assert states(Signup) == [SignupState.REFUSED.value]
    hashes = parse_address(ANN).hashes
    found = standing(hashes)
    assert found is not None
    assert found.reason is SuppressionReason.NOT_ME
    # Whoever owns the mailbox may still change their mind.
    join(client)
    client.post(newest_link())
    assert not is_suppressed(hashes)


def test_this_was_not_me_leaves_what_was_confirmed_before(client: FlaskClient) -> None:
    join(client)
    client.post(newest_link())
    sign(client)
    client.post(newest_link(), data={"do": "refuse"})
    assert (states(Signup), states(Signature)) == (["confirmed"], ["refused"])
    assert not is_suppressed(parse_address(ANN).hashes)
    assert db.session.scalars(select(Supporter)).one().email == ANN


@pytest.mark.requirement("C-11")
def test_an_address_that_complained_is_not_even_asked(client: FlaskClient) -> None:
    suppress(parse_address(ANN).hash, SuppressionReason.COMPLAINT, by=WORKER)
    db.session.commit()
    join(client)
    assert mails() == []


@pytest.mark.requirement("C-39", "B-54")
def test_signing_does_not_bring_back_the_mail_that_somebody_objected_to(client: FlaskClient) -> None:
    ann = make_supporter(ANN)
    suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    db.session.commit()
    sign(client)
    client.post(newest_link())
    assert states(Signature) == [SignatureState.COUNTED.value]
    assert is_suppressed([ann.email_hash or b""])
    join(client)
    client.post(newest_link())
    assert not is_suppressed([ann.email_hash or b""])


@pytest.mark.requirement("L-06", "C-03")
def test_what_was_changed_behind_its_owners_back_is_not_done(client: FlaskClient) -> None:
    join(client, first_name="Ann")
    link = newest_link()
    signup = db.session.scalars(select(Signup)).one()
    signup.first_name = "Eve"
    db.session.commit()
    assert client.post(link).status_code == 409
    assert states(Signup) == ["unconfirmed"]
    assert db.session.scalars(select(Subscription)).all() == []


def test_pressed_by_many_at_the_same_moment_it_is_done_once(app: Flask, client: FlaskClient) -> None:
    sign(client)
    link = newest_link()
    answers = beside(app, *[lambda: app.test_client().post(link).status_code] * 6)
    assert set(answers) == {303}
    assert states(Signature) == ["counted"]
    assert db.session.scalars(select(ConfirmationItem.state)).all() == [ItemState.CONFIRMED]
