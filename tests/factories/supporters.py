"""People: who they are, what they joined, did and allowed."""

from typing import Any

from actions import clock
from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.lists.models import MailingList
from actions.lists.operations import subscribe
from actions.pages.models import Page
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter, SupporterState
from actions.targets.models import Target


def make_supporter(email: str = "ada@example.org", **changes: Any) -> Supporter:
    address = parse_address(email)
    values: dict[str, Any] = {
        "email": address.original,
        "email_hash": address.hash,
        "site_hash": address.site_hash,
        "state": SupporterState.ACTIVE,
        "language": "en",
        "source": "join",
        "created_at": clock.now(),
        "confirmed_at": clock.now(),
    }
    made = Supporter(**(values | changes))
    db.session.add(made)
    db.session.commit()
    return made


def make_subscriber(mailing_list: MailingList, email: str = "ada@example.org", **changes: Any) -> Supporter:
    made = make_supporter(email, **changes)
    subscribe(mailing_list.id, made.id, by=OPERATOR)
    db.session.commit()
    return made


def sign(page: Page, who: Supporter, state: SignatureState = SignatureState.COUNTED) -> Signature:
    made = Signature(
        page_id=page.id,
        supporter_id=who.id,
        state=state,
        page_version=page.version,
        language="en",
        ticked=[],
        content_hash=who.id.to_bytes(32),
        created_at=clock.now(),
        counted_at=clock.now(),
    )
    db.session.add(made)
    db.session.commit()
    return made


def write(page: Page, who: Supporter, target: Target, state: LetterState = LetterState.SENT) -> Letter:
    made = Letter(
        page_id=page.id,
        target_id=target.id,
        supporter_id=who.id,
        state=state,
        page_version=page.version,
        language="en",
        ticked=[],
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.commit()
    return made


def say_about_news(page: Page, who: Supporter, event: ConsentEvent = ConsentEvent.GIVEN) -> None:
    db.session.add(
        Consent(
            supporter_id=who.id,
            event=event,
            purpose=ConsentPurpose.CASE_NEWS,
            page_id=page.id,
            channel="sign",
            requested_at=clock.now(),
            confirmed_at=clock.now(),
        )
    )
    db.session.commit()
