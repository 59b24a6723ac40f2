import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from actions import clock
from actions.actors import Actor
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose, ConsentText
from actions.extensions import db
from actions.supporters.models import Supporter


@dataclass(frozen=True)
class Ticked:
    """A box that was ticked: which sentence, and what it was about."""

    purpose: ConsentPurpose
    text_id: int
    page_id: int | None = None
    list_id: int | None = None
    target_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Ticked":
        return cls(**{**stored, "purpose": ConsentPurpose(stored["purpose"])})


def add_text(purpose: ConsentPurpose, language: str, text: str, *, by: Actor) -> ConsentText:
    """The sentence as a text of its own; the same words again are the text there is (C-31)."""
    digest = hashlib.sha256(f"{purpose}\0{language}\0{text}".encode()).hexdigest()
    known = db.session.scalars(select(ConsentText).where(ConsentText.sha256 == digest)).one_or_none()
    if known is not None:
        return known
    of_same = select(func.coalesce(func.max(ConsentText.version), 0)).where(
        ConsentText.purpose == purpose, ConsentText.language == language
    )
    made = ConsentText(
        purpose=purpose,
        language=language,
        version=db.session.scalars(of_same).one() + 1,
        text=text,
        sha256=digest,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def record_given(
    supporter: Supporter,
    ticked: Sequence[Ticked],
    *,
    channel: str,
    requested_at: datetime,
    confirmation_id: int | None = None,
    by: Actor,
) -> None:
    """One record per ticked box, with the moment it was asked and the moment its mailbox was proven (C-30)."""
    db.session.add_all(
        Consent(
            supporter_id=supporter.id,
            event=ConsentEvent.GIVEN,
            purpose=one.purpose,
            text_id=one.text_id,
            page_id=one.page_id,
            list_id=one.list_id,
            target_id=one.target_id,
            channel=channel,
            requested_at=requested_at,
            confirmed_at=clock.now(),
            confirmation_id=confirmation_id,
        )
        for one in ticked
    )
    db.session.flush()


def withdraw(
    supporter: Supporter,
    purpose: ConsentPurpose,
    *,
    page_id: int | None = None,
    list_id: int | None = None,
    channel: str,
    by: Actor,
) -> None:
    """A record that it is over; the record that it was given stays (C-30)."""
    at = clock.now()
    db.session.add(
        Consent(
            supporter_id=supporter.id,
            event=ConsentEvent.WITHDRAWN,
            purpose=purpose,
            page_id=page_id,
            list_id=list_id,
            channel=channel,
            requested_at=at,
            confirmed_at=at,
        )
    )
    db.session.flush()
