from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from werkzeug.test import TestResponse

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.confirmations.models import ConfirmationItem
from actions.confirmations.operations import AlreadySettled, expire
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.letters import holding
from actions.letters.handing_over import BundleRefused
from actions.letters.holding import BATCH, cancel_of_ended_pages, cancel_waiting, hold_for_new_words, tell_some
from actions.letters.models import BundleState, Letter, LetterState
from actions.letters.operations import TargetGone, WordsChanged, confirm, take_back
from actions.letters.queries import journal_of
from actions.letters.releasing import release_due
from actions.pages.models import Outcome, Page, PageState
from actions.pages.operations import add_update
from actions.pages.queries import PageClosed
from actions.supporters.models import Supporter
from actions.targets.models import Target
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.deliveries import make_delivery
from tests.factories.forms import fields_of, send_form
from tests.factories.letters import delivery_of, make_letter, make_supporter
from tests.factories.mail import links_in
from tests.factories.many_letters import make_ready_letters
from tests.factories.pages import add_wording
from tests.factories.statements import noted_statements

WRITE = "/a/free-her/write"


def publish_news(page: Page) -> None:
    """The next version of the words, and what came of it."""
    page.version += 1
    add_wording(page, letter={"subject": "Please drop the charges", "body": "I ask you to drop the charges."})
    add_update(page, Outcome.PARTIAL, {"en": {"headline": "She was released on bail", "blocks": []}}, by=OPERATOR)
    db.session.commit()


def hold(page: Page) -> int:
    """Held, and their writers asked."""
    held = hold_for_new_words(page, by=OPERATOR)
    tell_some(by=WORKER)
    db.session.commit()
    return held


def held_link(letter: Letter) -> str:
    return links_in(delivery_of(letter, "letter_held"), "/c/")[0]


def press(client: FlaskClient, link: str) -> TestResponse:
    """The letter's own button; the form of "this wasn't me" goes to the same address."""
    typed = fields_of(client.get(link).text, link)
    return client.post(link, data={name: value for name, value in typed.items() if name != "do"})


def count_of(kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Delivery).where(Delivery.kind == kind)) or 0


def test_news_holds_the_letters_that_wait_and_asks_their_writers(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    publish_news(page)
    assert hold(page) == 1
    assert hold(page) == 0
    assert letter.state is LetterState.HELD
    assert release_due(by=WORKER) == 0
    assert count_of("letter_held") == 1
    assert count_of("confirmation") == 0


def test_news_and_the_end_of_a_page_reach_into_a_bundle_that_nobody_handed_over(app: Flask) -> None:
    page, office = page_with_bundles()
    write(page, office, "Ann Bo")
    brought(bound(page, office))
    waiting = write(page, office, "Cy Di")
    bundle = bound(page, office)
    publish_news(page)
    assert hold(page) == 2
    db.session.commit()
    assert bundle.state is BundleState.VOID
    assert {letter.state for letter in waiting} == {LetterState.HELD}
    with pytest.raises(BundleRefused, match="given up"):
        brought(bundle)
    newest = write(page, office, "Ed")
    last = bound(page, office)
    assert hold(page) == 0
    assert last.state is BundleState.MADE
    page.state = PageState.WON
    assert cancel_waiting(page, by=OPERATOR) == 3
    db.session.commit()
    assert last.state is BundleState.VOID
    assert {letter.state for letter in (*waiting, *newest)} == {LetterState.CANCELLED}


def test_its_writer_looks_again_and_sends_it_as_it_is(page: Page, target: Target, client: FlaskClient) -> None:
    letter = make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    link = held_link(letter)
    shown = client.get(link)
    assert "She was released on bail" in shown.text
    assert "I ask you to release her." in shown.text
    done = press(client, link)
    assert done.status_code == 303
    assert "Your letter is on its way" in client.get(done.headers["Location"]).text
    db.session.expire_all()
    assert (letter.state, letter.page_version) == (LetterState.READY, 2)
    assert release_due(by=WORKER) == 1


def test_its_writer_writes_it_anew_without_a_second_mail(page: Page, target: Target, client: FlaskClient) -> None:
    held = make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    shown = client.get(held_link(held)).text
    anew = shown.split('href="' + WRITE)[1].split('"')[0].replace("&amp;", "&")
    form = client.get(WRITE + anew)
    assert "I ask you to release her." in form.text
    assert 'name="email"' not in form.text
    answer = send_form(client, WRITE + anew, WRITE, by="email", body="Thank you. Please drop the charges.")
    assert answer.status_code == 303
    preview = answer.headers["Location"]
    newest = db.session.scalars(select(ConfirmationItem.id).order_by(ConfirmationItem.id.desc())).first()
    assert client.post(preview, data={"item": str(newest)}).status_code == 303
    db.session.expire_all()
    states = list(db.session.scalars(select(Letter.state).order_by(Letter.id)))
    assert states == [LetterState.CANCELLED, LetterState.READY]
    assert held.words is None
    assert count_of("confirmation") == 0


def test_a_letter_is_let_go_by_its_writer(page: Page, target: Target, client: FlaskClient) -> None:
    letter = make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    client.post(held_link(letter), data={"do": "refuse"})
    db.session.expire_all()
    assert (letter.state, letter.words) == (LetterState.CANCELLED, None)


def test_without_its_writers_word_a_held_letter_expires(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    clock.clock.move(timedelta(days=8))
    assert expire(by=WORKER) == 1
    db.session.expire_all()
    assert (letter.state, letter.words) == (LetterState.EXPIRED, None)


def test_a_letter_can_be_held_a_second_time(page: Page, target: Target, client: FlaskClient) -> None:
    letter = make_letter(page, target, make_supporter())
    for version in (2, 3):
        publish_news(page)
        assert hold(page) == 1
        db.session.commit()
        link = held_link(letter)
        assert press(client, link).status_code == 303
        db.session.expire_all()
        assert (letter.state, letter.page_version) == (LetterState.READY, version)


def test_a_letter_typed_before_the_news_goes_only_after_its_writer_saw_them(page: Page, client: FlaskClient) -> None:
    typed = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}
    send_form(client, WRITE, WRITE, **typed)
    link = links_in(db.session.scalars(select(Delivery)).one(), "/c/")[0]
    publish_news(page)
    unseen = client.post(link, data={"version": "1"})
    assert unseen.status_code == 409
    assert "There is news" in unseen.text
    assert client.post(link).status_code == 409
    shown = client.get(link)
    assert ("She was released on bail" in shown.text, "Was this you" in shown.text) == (True, False)
    assert press(client, link).status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(Letter.state)).one() is LetterState.READY


def published_meanwhile(page: Page) -> None:
    """By somebody else, after this session has read the page."""
    version = page.version
    with db.engine.begin() as another:
        another.execute(update(Page).values(version=version + 1))
    assert page.version == version


def test_news_published_while_a_writer_confirms_stop_the_letter(page: Page, client: FlaskClient) -> None:
    typed = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}
    send_form(client, WRITE, WRITE, **typed)
    item = db.session.scalars(select(ConfirmationItem)).one()
    confirmation = db.session.get_one(holding.Confirmation, item.confirmation_id)
    published_meanwhile(page)
    with pytest.raises(WordsChanged):
        confirm(item.item_id, confirmation, WORKER, seen_version=1)


def test_news_published_while_a_writer_looks_again_stop_the_letter(page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    item = db.session.scalars(select(ConfirmationItem)).one()
    confirmation = db.session.get_one(holding.Confirmation, item.confirmation_id)
    published_meanwhile(page)
    with pytest.raises(WordsChanged):
        holding.confirm(item.item_id, confirmation, WORKER, seen_version=2)


def test_a_letter_by_an_act_link_is_under_the_words_that_stand_by_then(page: Page, target: Target) -> None:
    writer = make_supporter()
    published_meanwhile(page)
    assert make_letter(page, target, writer).page_version == 2


def test_a_held_letter_does_not_go_once_the_page_or_its_target_is_gone(page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    publish_news(page)
    hold(page)
    item = db.session.scalars(select(ConfirmationItem)).one()
    confirmation = db.session.get_one(holding.Confirmation, item.confirmation_id)
    target.email = None
    db.session.flush()
    with pytest.raises(TargetGone):
        holding.confirm(item.item_id, confirmation, WORKER)
    page.state = PageState.CLOSED
    db.session.flush()
    with pytest.raises(PageClosed):
        holding.confirm(item.item_id, confirmation, WORKER)
    holding.refuse(item.item_id, WORKER)
    with pytest.raises(AlreadySettled):
        holding.confirm(item.item_id, confirmation, WORKER)


def test_a_page_that_closes_cancels_what_has_not_gone_and_tells_its_writers(page: Page, target: Target) -> None:
    ready, released, gone = (make_letter(page, target, make_supporter(f"{name}@example.org")) for name in "abc")
    db.session.execute(update(Letter).where(Letter.id == ready.id).values(release_at=clock.now() + timedelta(hours=1)))
    assert release_due(by=WORKER) == 2
    delivery_of(gone).state = DeliveryState.TRANSMITTING
    db.session.commit()
    page.state = PageState.WON
    assert cancel_waiting(page, by=OPERATOR) == 2
    assert cancel_waiting(page, by=OPERATOR) == 0
    assert count_of("letter_cancelled") == 0
    tell_some(by=WORKER)
    tell_some(by=WORKER)
    assert [letter.state for letter in (ready, released, gone)] == [
        LetterState.CANCELLED,
        LetterState.CANCELLED,
        LetterState.RELEASED,
    ]
    assert delivery_of(released).state is DeliveryState.CANCELLED
    assert count_of("letter_cancelled") == 2
    assert ready.words is None
    assert journal_of(ready)[-1].reason == "the page has closed"


def test_after_the_last_day_nobody_writes_though_nobody_closed_the_page(page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    assert cancel_of_ended_pages(by=WORKER) == 0
    clock.clock.move(timedelta(days=61))
    assert release_due(by=WORKER) == 0
    assert cancel_of_ended_pages(by=WORKER) == 1


def test_a_paused_page_keeps_its_letters(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    page.state = PageState.PAUSED
    db.session.commit()
    assert (release_due(by=WORKER), cancel_of_ended_pages(by=WORKER)) == (0, 0)
    page.state = PageState.OPEN
    db.session.commit()
    assert release_due(by=WORKER) == 1
    assert letter.state is LetterState.RELEASED


def test_many_letters_stop_by_few_statements(page: Page, target: Target) -> None:
    """Whoever publishes the news waits for the answer, and nothing else of the page can be saved meanwhile."""
    make_ready_letters(page, [target], 40)
    db.session.execute(update(Letter).values(page_version=0))
    with noted_statements() as held:
        assert hold_for_new_words(page, by=OPERATOR) == 40
    with noted_statements() as cancelled:
        assert cancel_waiting(page, by=OPERATOR) == 40
    assert max(len(held), len(cancelled)) < 10
    assert db.session.scalars(select(Letter.id).where(Letter.words_sealed.is_not(None))).all() == []


def test_writers_are_told_some_at_a_time_and_let_who_confirms_go_first(page: Page, target: Target) -> None:
    make_ready_letters(page, [target], BATCH + 2)
    page.state = PageState.WON
    assert cancel_waiting(page, by=OPERATOR) == BATCH + 2
    assert tell_some(by=WORKER)
    db.session.commit()
    assert count_of("letter_cancelled") == BATCH
    assert not tell_some(by=WORKER)
    make_delivery(lane=Lane.NOW)
    assert not tell_some(by=WORKER)
    db.session.execute(update(Delivery).values(state=DeliveryState.SENT, ended_at=clock.now()))
    assert not tell_some(by=WORKER)
    assert count_of("letter_cancelled") == BATCH + 2


def test_what_became_of_a_letter_meanwhile_is_what_its_writer_is_told(page: Page, target: Target) -> None:
    writers = [make_supporter(f"{name}@example.org") for name in "abc"]
    stays, closed, taken_back = (make_letter(page, target, writer) for writer in writers)
    publish_news(page)
    assert hold_for_new_words(page, by=OPERATOR) == 3
    assert take_back(taken_back, reason="undone by its writer", by=OPERATOR)
    tell_some(by=WORKER)
    assert count_of("letter_held") == 2
    assert [letter.untold for letter in (stays, closed, taken_back)] == [False] * 3


def test_whoever_writes_anew_just_now_is_told_a_moment_later(page: Page, target: Target) -> None:
    """Their own press has locked them, and is about to lock their letter."""
    busy, idle = (make_supporter(f"{name}@example.org") for name in "ab")
    letters = [make_letter(page, target, writer) for writer in (busy, idle)]
    publish_news(page)
    assert hold_for_new_words(page, by=OPERATOR) == 2
    db.session.commit()
    with db.engine.connect() as another:
        another.execute(select(Supporter.id).where(Supporter.id == busy.id).with_for_update())
        db.session.execute(text("SET LOCAL lock_timeout = '5s'"))
        tell_some(by=WORKER)
        db.session.commit()
        another.execute(select(Letter.id).where(Letter.id == letters[0].id).with_for_update())
    assert [letter.untold for letter in letters] == [True, False]
    tell_some(by=WORKER)
    assert count_of("letter_held") == 2
