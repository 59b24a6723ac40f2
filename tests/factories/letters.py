"""Writers, and letters in any state, as the operations leave them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.actors import VISITOR, WORKER, Actor
from actions.addresses import parse_address
from actions.deliveries.models import Delivery, DeliveryState
from actions.deliveries.operations import record_outcome
from actions.extensions import db
from actions.letters import counting, operations, stopping
from actions.letters.content import WishToWrite
from actions.letters.journal import move
from actions.letters.models import Letter, LetterState, NameShown
from actions.letters.wording import LetterWords
from actions.pages.models import Page
from actions.pages.queries import targets_of
from actions.supporters.models import Supporter
from actions.supporters.operations import find_or_add, prove_mailbox
from actions.targets.models import Target
from tests.factories.supporters import write

WORDS = LetterWords("Please release her", "Your Excellency,", "I ask you to release her.", "Yours respectfully,")


def make_supporter(address: str = "ann@example.org", **known: Any) -> Supporter:
    """Whose mailbox is proven."""
    made = find_or_add(parse_address(address), language="en", source="join", by=VISITOR)
    prove_mailbox(made, **({"first_name": "Ann", "last_name": "Lee", "country": "DE"} | known), by=WORKER)
    db.session.commit()
    return made


def make_wish(**changes: Any) -> WishToWrite:
    values: dict[str, Any] = {
        "first_name": "Ann",
        "last_name": "Lee",
        "country": "DE",
        "name_shown": NameShown.FULL,
        "words": WORDS,
        "language": "en",
        "ticked": (),
    }
    return WishToWrite(**(values | changes))


def make_letter(page: Page, target: Target, supporter: Supporter, **changes: Any) -> Letter:
    """Ready to go, by an act link whose wait is over."""
    letter = operations.act_by_link(
        make_wish(**changes), page, target, supporter, language="en", mailing_id=None, by=WORKER
    )
    assert letter.release_at is not None
    letter.release_at -= timedelta(hours=1)
    db.session.commit()
    return letter


def make_letters(page: Page, target: Target, count: int) -> list[Letter]:
    return [make_letter(page, target, make_supporter(f"writer{number}@example.org")) for number in range(count)]


def move_to(letter: Letter, *states: LetterState) -> Letter:
    for state in states:
        assert move(letter, state, by=WORKER) is not None
    db.session.commit()
    return letter


def delivery_of(letter: Letter, kind: str = operations.EMAIL) -> Delivery:
    newest = select(Delivery).where(Delivery.kind == kind, Delivery.about_id == letter.id).order_by(Delivery.id.desc())
    return db.session.scalars(newest.limit(1)).one()


def end_delivery(delivery: Delivery, state: DeliveryState, **reply: Any) -> None:
    """As the engine does it, from the wire."""
    delivery.state = DeliveryState.TRANSMITTING
    db.session.flush()
    assert record_outcome(delivery.id, state, **reply, by=WORKER)
    db.session.commit()
    db.session.expire_all()


def let_arrive() -> None:
    """All letters that are under way, at this moment."""
    under_way = select(Delivery).where(Delivery.kind == operations.EMAIL, Delivery.state == DeliveryState.QUEUED)
    for delivery in db.session.scalars(under_way).all():
        end_delivery(delivery, DeliveryState.SENT, reply_code=250)


def letters_of_every_kind(page: Page, who: Supporter, *, by: Actor) -> None:
    """The first is theirs. Two are of no known end, and the page's letters are stopped."""
    states = (LetterState.SENT, LetterState.HELD, LetterState.READY, LetterState.UNKNOWN, LetterState.UNKNOWN)
    for number, state in enumerate(states):
        writer = make_supporter(f"w{number}@example.org") if number else who
        made = write(page, writer, targets_of(page)[0], LetterState.RELEASED if number > 2 else state)
        if number > 2:
            move(made, state, by=WORKER)
    stopping.stop(page, by=by)
    counting.count()
