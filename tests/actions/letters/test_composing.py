from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from actions import clock
from actions.actors import WORKER
from actions.deliveries.identity import identity_of
from actions.deliveries.kinds import Outgoing
from actions.extensions import db
from actions.letters.composing import WordsGone, compose, email_of, shown_to_writer
from actions.letters.journal import forget_words
from actions.letters.models import Letter, NameShown
from actions.letters.releasing import release_due
from actions.letters.wording import LetterWords
from actions.pages.models import Page
from actions.supporters.operations import erase
from actions.targets.models import Target
from tests.factories.letters import delivery_of, make_letter, make_supporter
from workers.sending.message import build


def outgoing_of(letter: Letter) -> Outgoing | None:
    release_due(by=WORKER)
    delivery = delivery_of(letter)
    return compose([delivery]).get(delivery.id)


def parsed(outgoing: Outgoing) -> EmailMessage:
    """From the bytes that go over the wire."""
    content = build(outgoing, identity_of(outgoing.delivery_id, None), clock.now()).content
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.requirement("L-01", "L-04", "L-13")
def test_a_letter_comes_from_us_in_its_writers_name_and_is_answered_to_its_writer(page: Page, target: Target) -> None:
    outgoing = outgoing_of(make_letter(page, target, make_supporter()))
    assert outgoing is not None
    message = parsed(outgoing)
    assert message["From"] == "Ann Lee via Open Door Fund <letters@open-door.test>"
    assert message["Reply-To"] == "ann@example.org"
    assert message["To"] == "ambassador@embassy.test"
    assert message["Subject"] == "Please release her"
    assert message["Auto-Submitted"] is None
    assert message.get_content_type() == "text/plain"
    text = message.get_content()
    opening = "Your Excellency,\n\nI ask you to release her.\n\nYours respectfully,\n\nAnn Lee\n"
    assert text.replace("\r\n", "\n").startswith(opening)
    assert "Open Door Fund" in text
    assert "hello@open-door.test" in text


@pytest.mark.requirement("L-14")
@pytest.mark.parametrize(
    ("shown", "from_name", "signed"),
    [
        (NameShown.INITIALS, "A. L. via Open Door Fund", "A. L."),
        (NameShown.ORGANISATION, "A supporter of Open Door Fund", "A supporter of Open Door Fund"),
    ],
)
def test_a_hidden_name_stands_nowhere_in_the_letter(
    page: Page, target: Target, shown: NameShown, from_name: str, signed: str
) -> None:
    outgoing = outgoing_of(make_letter(page, target, make_supporter(), name_shown=shown))
    assert outgoing is not None
    message = parsed(outgoing)
    assert message["From"].replace('"', "") == f"{from_name} <letters@open-door.test>"
    assert message["Reply-To"] == "letters@open-door.test"
    assert f"\n{signed}\n" in message.get_content().replace("\r\n", "\n")
    for told in ("Ann", "Lee", "ann@example.org"):
        assert told not in message.as_string()


@pytest.mark.requirement("L-14")
def test_what_its_writer_was_shown_is_what_goes(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    shown = shown_to_writer(letter)
    outgoing = outgoing_of(letter)
    assert outgoing is not None
    assert (shown.from_name, shown.from_address, shown.reply_to) == (
        outgoing.from_name,
        outgoing.from_address,
        outgoing.reply_to,
    )
    assert (shown.to, shown.subject, shown.text) == (outgoing.address, outgoing.subject, outgoing.text)


@pytest.mark.requirement("L-03")
def test_hostile_words_make_no_header(page: Page, target: Target) -> None:
    hostile = LetterWords("=?utf-8?q?x=0d=0aBcc:_evil@x.test?=", "Bcc: evil@x.test", "From: evil\n.\nQUIT", "Yours,")
    outgoing = outgoing_of(make_letter(page, target, make_supporter(), words=hostile))
    assert outgoing is not None
    message = parsed(outgoing)
    assert message["Bcc"] is None
    assert message.get_all("From") == ["Ann Lee via Open Door Fund <letters@open-door.test>"]


@pytest.mark.requirement("L-06")
def test_a_released_letter_that_was_changed_is_left_out(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    release_due(by=WORKER)
    db.session.execute(update(Letter).values(name_shown="initials"))
    db.session.commit()
    assert outgoing_of(letter) is None


@pytest.mark.requirement("L-06")
def test_a_delivery_whose_words_were_changed_or_moved_is_left_out(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    other = make_letter(page, target, make_supporter("ben@example.org"), first_name="Ben")
    release_due(by=WORKER)
    delivery, foreign = delivery_of(letter), delivery_of(other)
    foreign.about_id = letter.id
    delivery.values_sealed = foreign.values_sealed
    db.session.commit()
    assert compose([delivery, foreign]) == {}


def test_a_letter_whose_writer_was_erased_is_left_out(page: Page, target: Target) -> None:
    ann = make_supporter()
    letter = make_letter(page, target, ann)
    release_due(by=WORKER)
    erase(ann, by=WORKER)
    assert outgoing_of(letter) is None


def test_without_its_words_there_is_no_letter(page: Page, target: Target, client: FlaskClient) -> None:
    letter = make_letter(page, target, make_supporter())
    forget_words(letter)
    with pytest.raises(WordsGone):
        email_of(letter)
    with pytest.raises(WordsGone):
        shown_to_writer(letter)
