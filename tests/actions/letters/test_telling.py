from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from actions import clock, outbox
from actions.actors import WORKER
from actions.deliveries import composing
from actions.deliveries.models import Delivery, Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import db
from actions.letters import telling
from actions.letters.models import Bundle, Letter, NameShown
from actions.organisation.models import Sender
from actions.pages.models import Page
from actions.preferences.operations import erase_everything
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.catalogue import LetterHandedOver
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.letters import make_supporter

To = tuple[Page, Target]
DAY = timedelta(days=1)
pytestmark = pytest.mark.requirement("L-10", "L-16")


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


def told_of(bundle: Bundle, steps: int = 99) -> None:
    """As a worker does, committing each step."""
    while steps and telling.step(bundle.id, by=WORKER):
        db.session.commit()
        steps -= 1
    db.session.commit()


def mails() -> list[Delivery]:
    db.session.expire_all()
    wanted = select(Delivery).where(Delivery.kind == "letter_handed_over").order_by(Delivery.id)
    return list(db.session.scalars(wanted))


def names() -> list[str]:
    return [(db.session.get_one(Supporter, mail.supporter_id).email or "").partition("@")[0] for mail in mails()]


def email_to(name: str) -> LetterHandedOver:
    (mail,) = [mail for mail in mails() if mail.supporter_id == make_supporter(f"{name}@example.org").id]
    email = composing.read_values(mail).email
    assert isinstance(email, LetterHandedOver)
    return email


def test_each_writer_is_told_once_in_their_language_with_their_letter(to: To) -> None:
    ann, bo = write(*to, "Ann Bo")
    write(*to, "Cy", name_shown=NameShown.ORGANISATION)
    make_supporter("bo@example.org").language = "ar"
    bundle = bound(*to)
    outbox.clear()
    brought(bundle, on=clock.now() - 2 * DAY, place="the embassy in Geneva")
    told_of(bundle)
    told_of(bundle)
    assert names() == ["ann", "bo", "cy"]
    assert (bundle.told, bundle.told_after_id, telling.under_way()) == (3, None, [])
    mail = email_to("ann")
    assert (mail.handed_over_on, mail.place, mail.number) == (
        (clock.now() - 2 * DAY).date(),
        "the embassy in Geneva",
        3,
    )
    assert mail.page_url.endswith(f"/a/{to[0].slug}")
    assert mail.letter.text.endswith("Ann Lee")
    assert "Cy" not in email_to("cy").letter.text
    assert [email_to(name).language for name in ("ann", "bo")] == ["en", "ar"]
    assert [mail.about_id for mail in mails()[:2]] == [ann.id, bo.id]


def test_it_begins_with_the_handing_over_and_is_found_where_the_nudge_is_lost(to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    assert telling.under_way() == []
    outbox.clear()
    brought(bundle)
    assert (telling.TASK, (bundle.id,), "bulk") in outbox.waiting()
    assert (telling.under_way(), mails()) == ([bundle.id], [])


def test_they_go_behind_no_confirmation_and_under_the_same_sender(to: To) -> None:
    db.session.execute(update(Sender).where(Sender.lane == "bulk").values(address="news@bulk.open-door.test"))
    write(*to, "Ann")
    bundle = bound(*to)
    brought(bundle)
    outbox.clear()
    telling.step(bundle.id, by=WORKER)
    (mail,) = mails()
    assert (mail.lane, outbox.waiting()) == (Lane.BULK, [(DRAIN, ("bulk",), "bulk")])
    (made,) = composing.compose([mail]).values()
    assert made.from_address == composing.sender_view(Lane.NOW).address != "news@bulk.open-door.test"


def test_it_goes_on_after_the_last_writer_who_was_told(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    write(*to, "Ann Bo Cy Di Eva")
    bundle = bound(*to)
    brought(bundle)
    told_of(bundle, steps=1)
    assert names() == ["ann", "bo"]
    # A worker that dies before it commits has told nobody.
    telling.step(bundle.id, by=WORKER)
    db.session.rollback()
    assert names() == ["ann", "bo"]
    told_of(bundle)
    assert names() == ["ann", "bo", "cy", "di", "eva"]


def test_who_was_erased_gets_nothing(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 1)
    write(*to, "Ann Bo Cy")
    bundle = bound(*to)
    brought(bundle)
    told_of(bundle, steps=1)
    erase_everything(make_supporter("bo@example.org"), by=WORKER)
    db.session.commit()
    told_of(bundle)
    assert (names(), bundle.told) == (["ann", "cy"], 2)


def test_only_letters_of_this_bundle_are_told_of(to: To) -> None:
    write(*to, "Ann")
    first = bound(*to)
    write(*to, "Bo")
    second = bound(*to)
    write(*to, "Cy")
    brought(second)
    told_of(second)
    told_of(first)
    assert names() == ["bo"]
    assert db.session.scalars(select(Letter.bundle_id).order_by(Letter.id)).all() == [first.id, second.id, None]


def test_a_letter_that_cannot_be_read_holds_up_no_other(to: To) -> None:
    ann, _ = write(*to, "Ann Bo")
    bundle = bound(*to)
    brought(bundle)
    db.session.execute(update(Letter).where(Letter.id == ann.id).values(words_sealed=ann.first_name_sealed))
    told_of(bundle)
    assert (names(), telling.under_way()) == (["bo"], [])
