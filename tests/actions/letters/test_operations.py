from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from actions import clock, outbox
from actions.actors import VISITOR, WORKER
from actions.actors import supporter as owner
from actions.confirmations.models import ConfirmationItem
from actions.consents.models import Consent, ConsentPurpose
from actions.deliveries.composing import read_values
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.letters import operations
from actions.letters.models import Letter, LetterState
from actions.letters.operations import AlreadyWritten, TargetGone
from actions.letters.queries import journal_of
from actions.letters.releasing import release_due
from actions.pages.models import Page, PageState, PageTarget
from actions.pages.queries import PageClosed
from actions.supporters.models import Supporter, SupporterState
from actions.targets.models import DeliveryMode, Target
from actions.transaction import transaction
from email_templates.catalogue import AlreadyDone
from tests.factories.forms import fields_of, send_form
from tests.factories.letters import delivery_of, make_letter, make_supporter, make_wish
from tests.factories.mail import links_in
from tests.factories.pages import make_embassies, make_target
from tests.factories.worker import answer_requests

WRITE = "/a/free-her/write"
PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}


def confirm_link() -> str:
    newest = select(Delivery).where(Delivery.kind == "confirmation").order_by(Delivery.id.desc()).limit(1)
    return links_in(db.session.scalars(newest).one(), "/c/")[0]


def the_letter() -> Letter:
    db.session.expire_all()
    return db.session.scalars(select(Letter)).one()


def count(model: type[Letter | Supporter | Delivery | Consent]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.requirement("L-06", "C-32", "C-05")
def test_a_letter_waits_until_its_writer_presses_the_button(page: Page, client: FlaskClient) -> None:
    answer = send_form(client, WRITE, WRITE, **PERSON, body="Please let her go home.")
    assert answer.status_code == 200
    assert "Check your email" in answer.text
    assert the_letter().state is LetterState.UNCONFIRMED
    link = confirm_link()
    assert "Please let her go home." in client.get(link).text
    assert the_letter().state is LetterState.UNCONFIRMED
    assert count(Consent) == 0
    done = client.post(link)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/a/free-her/thanks?done=letter")
    letter = the_letter()
    assert (letter.state, letter.first_name) == (LetterState.READY, "Ann")
    assert set(db.session.scalars(select(Consent.purpose))) == {ConsentPurpose.WRITE, ConsentPurpose.DISCLOSE}
    supporter = db.session.scalars(select(Supporter)).one()
    assert (supporter.state, supporter.last_name) == (SupporterState.ACTIVE, "Lee")
    assert [event.after for event in journal_of(letter)] == [LetterState.UNCONFIRMED, LetterState.READY]


def test_boxes_that_were_ticked_take_effect_with_the_letter(page: Page, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON, join="y", news="y")
    client.post(confirm_link())
    given = set(db.session.scalars(select(Consent.purpose)))
    assert given == {ConsentPurpose.WRITE, ConsentPurpose.DISCLOSE, ConsentPurpose.LIST, ConsentPurpose.CASE_NEWS}


@pytest.mark.requirement("C-10")
def test_the_same_form_fifty_times_at_once_is_one_letter_and_one_mail(
    app: Flask, page: Page, client: FlaskClient
) -> None:
    typed = fields_of(client.get(WRITE).text, WRITE) | PERSON

    def post(_: int) -> tuple[int, str]:
        answer = app.test_client().post(WRITE, data=typed)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(50)))
    assert {status for status, _ in answers} == {200}
    assert all("Check your email" in text for _, text in answers)
    answer_requests()
    assert (count(Letter), count(Supporter), count(Delivery)) == (1, 1, 1)


@pytest.mark.requirement("L-07")
def test_fifty_confirms_at_once_make_one_letter_ready(app: Flask, page: Page, client: FlaskClient) -> None:
    for number in range(5):
        send_form(client, WRITE, WRITE, **PERSON, body=f"Please let her go home, version {number}.")
    link = confirm_link()
    items = list(db.session.scalars(select(ConfirmationItem.id)))
    assert len(items) == 5

    def press(number: int) -> int:
        return app.test_client().post(link, data={"item": str(items[number % 5])}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(press, range(50))) == {303}
    db.session.expire_all()
    states = list(db.session.scalars(select(Letter.state)))
    assert sorted(states) == sorted([LetterState.READY, *[LetterState.REFUSED] * 4])
    with transaction():
        assert release_due(by=WORKER) == 1


@pytest.mark.requirement("L-07")
def test_fifty_confirms_of_a_letter_to_two_make_one_letter_each(
    app: Flask, target: Target, client: FlaskClient
) -> None:
    make_embassies()
    send_form(client, f"{WRITE}?country=EG", WRITE, **(PERSON | {"country": "EG"}))
    link = confirm_link()
    items = [str(item) for item in db.session.scalars(select(ConfirmationItem.id))]
    assert len(items) == 2

    def press(number: int) -> int:
        chosen = (items, items[::-1], items[:1], items[1:])[number % 4]
        return app.test_client().post(link, data={"item": chosen}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(press, range(50))) == {303}
    db.session.expire_all()
    assert list(db.session.scalars(select(Letter.state))) == [LetterState.READY] * 2
    with transaction():
        assert release_due(by=WORKER) == 2


@pytest.mark.requirement("C-11")
def test_whoever_has_written_before_is_told_by_mail_alone_and_once_a_day(page: Page, client: FlaskClient) -> None:
    first = send_form(client, WRITE, WRITE, **PERSON)
    client.post(confirm_link())
    again = send_form(client, WRITE, WRITE, **PERSON, body="Another one.")
    send_form(client, WRITE, WRITE, **PERSON, body="And one more.")
    assert (again.status_code, len(again.text)) == (first.status_code, len(first.text))
    assert set(db.session.scalars(select(Letter.state))) == {LetterState.READY, LetterState.REFUSED}
    notices = select(func.count()).select_from(Delivery).where(Delivery.kind == "already_done")
    assert db.session.scalar(notices) == 1


@pytest.mark.requirement("C-11")
def test_whoever_wrote_to_several_before_is_told_of_all_of_them_in_one_mail(page: Page, client: FlaskClient) -> None:
    make_embassies("several")
    path, from_cairo = "/a/several/write", PERSON | {"country": "EG"}
    send_form(client, f"{path}?country=EG", path, **from_cairo)
    link = confirm_link()
    items = [str(item) for item in db.session.scalars(select(ConfirmationItem.id))]
    client.post(link, data={"item": items})
    send_form(client, f"{path}?country=EG", path, **from_cairo, body="Another one.")
    notice = db.session.scalars(select(Delivery).where(Delivery.kind == "already_done")).one()
    told = read_values(notice).email
    assert isinstance(told, AlreadyDone)
    assert set(told.targets) == {"Cairo Example", "Minister Example"}


def _rename(letter: Letter) -> None:
    db.session.execute(update(Letter).values(name_shown="organisation"))


def _redirect(letter: Letter) -> None:
    other = make_target("somebody-else")
    db.session.add(PageTarget(page_id=letter.page_id, target_id=other.id))
    db.session.execute(update(Letter).values(target_id=other.id))


def _garble(letter: Letter) -> None:
    db.session.execute(update(Letter).values(words_sealed=letter.first_name_sealed))


@pytest.mark.requirement("L-06")
@pytest.mark.parametrize("tamper", [_rename, _redirect, _garble])
def test_a_row_changed_before_the_button_is_pressed_is_refused(
    page: Page, client: FlaskClient, tamper: Callable[[Letter], None]
) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    link = confirm_link()
    tamper(the_letter())
    db.session.commit()
    assert client.post(link).status_code == 409
    assert the_letter().state is LetterState.UNCONFIRMED


def test_a_page_that_closed_in_between_takes_no_letter(page: Page, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    link = confirm_link()
    db.session.execute(update(Page).values(state=PageState.WON))
    db.session.commit()
    assert "takes no more letters" in client.get(link).text
    assert client.post(link).status_code == 410
    assert the_letter().state is LetterState.UNCONFIRMED


def test_a_target_that_takes_no_more_email_gets_none(page: Page, target: Target, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    link = confirm_link()
    db.session.execute(update(Target).values(delivery=DeliveryMode.POST))
    db.session.commit()
    answer = client.post(link)
    assert answer.status_code == 410
    assert "Post it instead" in answer.text
    assert the_letter().state is LetterState.UNCONFIRMED


def test_this_was_not_me_deletes_the_letter(page: Page, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    client.post(confirm_link(), data={"do": "refuse"})
    letter = the_letter()
    assert (letter.state, letter.words, letter.first_name) == (LetterState.REFUSED, None, None)


def test_a_letter_that_nobody_confirms_expires_without_its_words(page: Page, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    letter = the_letter()
    operations.expire(letter.id, WORKER)
    assert (letter.state, letter.words, letter.content_hash) == (LetterState.EXPIRED, None, None)


def test_a_letter_by_an_act_link_waits_fifteen_minutes(page: Page, target: Target) -> None:
    ann = make_supporter()
    with transaction():
        letter = operations.act_by_link(
            make_wish(), page, target, ann, language="en", mailing_id=None, by=owner(ann.id)
        )
    assert letter.state is LetterState.READY
    assert release_due(by=WORKER) == 0
    clock.clock.move(timedelta(minutes=14))
    assert release_due(by=WORKER) == 0
    clock.clock.move(timedelta(minutes=2))
    assert release_due(by=WORKER) == 1


def test_an_act_link_makes_one_letter_and_needs_an_open_page(page: Page, target: Target) -> None:
    ann = make_supporter()
    make_letter(page, target, ann)
    with pytest.raises(AlreadyWritten):
        make_letter(page, target, ann, first_name="Anna")
    db.session.rollback()
    page.state = PageState.PAUSED
    db.session.commit()
    with pytest.raises(PageClosed):
        make_letter(page, target, make_supporter("ben@example.org"))
    db.session.rollback()
    page.state = PageState.OPEN
    target.email = None
    db.session.commit()
    with pytest.raises(TargetGone):
        make_letter(page, target, make_supporter("eva@example.org"))


def test_a_letter_can_be_undone_until_it_is_on_the_wire(page: Page, target: Target) -> None:
    ann = make_supporter()
    letter = make_letter(page, target, ann)
    assert operations.undo(letter, by=owner(ann.id))
    assert (letter.state, letter.words) == (LetterState.CANCELLED, None)
    assert not operations.undo(letter, by=owner(ann.id))
    again = make_letter(page, target, ann)
    release_due(by=WORKER)
    assert operations.undo(again, by=owner(ann.id))
    assert delivery_of(again).state is DeliveryState.CANCELLED


def test_what_is_on_the_wire_cannot_be_undone(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    release_due(by=WORKER)
    delivery_of(letter).state = DeliveryState.TRANSMITTING
    db.session.commit()
    assert not operations.undo(letter, by=WORKER)
    assert letter.state is LetterState.RELEASED


def test_an_erased_writer_leaves_no_word_behind(page: Page, target: Target) -> None:
    ann = make_supporter()
    letter = make_letter(page, target, ann)
    waiting = make_wish(first_name="Anna")
    operations.undo(letter, by=VISITOR)
    operations.write_letters([(target, waiting)], page, ann, language="en", by=VISITOR)
    operations.erase_of(ann, by=owner(ann.id))
    left = db.session.execute(
        select(Letter.first_name_sealed, Letter.last_name_sealed, Letter.words_sealed, Letter.content_hash)
    )
    assert {value for row in left for value in row} == {None}


def test_a_confirmed_letter_wakes_the_worker_that_releases_it(page: Page, client: FlaskClient) -> None:
    send_form(client, WRITE, WRITE, **PERSON)
    letter = the_letter()
    item = db.session.scalars(select(ConfirmationItem)).one()
    confirmation = db.session.get_one(operations.Confirmation, item.confirmation_id)
    operations.confirm(letter.id, confirmation, WORKER)
    assert ("workers.letters.release", (), "letters") in outbox.waiting()
