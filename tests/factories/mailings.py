"""A mailing that is ready to go, and what its rows say once they are put together."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from actions.actors import OPERATOR
from actions.deliveries.kinds import Copy, Outgoing, kind_of
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, operations
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.operations import Words
from actions.pages.models import Page
from email_templates.merging import fill
from email_templates.texts import Rendered

BLOCKS = [{"type": "text", "html": "<p>She has seen no lawyer.</p>"}]


def words(language: str = "en", **changes: Any) -> Words:
    values: dict[str, Any] = {
        "language": language,
        "subject": f"Write for her ({language})",
        "preheader": "Two minutes.",
        "blocks": BLOCKS,
    }
    return Words(**(values | changes))


def draft_alert(
    mailing_list: MailingList, page: Page | None, *texts: Words, key: str = "alert-1", **changes: Any
) -> Mailing:
    values: dict[str, Any] = {
        "key": key,
        "words": texts or (words(),),
        "mailing_list": mailing_list,
        "page": page,
        "rule": audience.on_list(mailing_list.id, not_yet_acted_on=page.id if page else None),
        "by": OPERATOR,
    }
    made = operations.draft_mailing(MailingKind.ALERT, **(values | changes))
    db.session.commit()
    return made


def launch(mailing: Mailing) -> Mailing:
    operations.launch(mailing, by=OPERATOR)
    db.session.commit()
    return mailing


def rows_of(mailing: Mailing) -> Sequence[Delivery]:
    return db.session.scalars(
        select(Delivery).where(Delivery.mailing_id == mailing.id).order_by(Delivery.supporter_id)
    ).all()


def put_together(rows: Sequence[Delivery]) -> list[Outgoing]:
    """As the engine does it: by the composer that is registered for their kind. Each says what its reader will see."""
    composed = kind_of(rows[0].kind).compose(rows)
    return [as_read(composed[row.id]) for row in rows if row.id in composed]


def as_read(email: Outgoing | Copy) -> Outgoing:
    """The email that a copy says, filled in as text."""
    if isinstance(email, Outgoing):
        return email
    words, values = email.words, email.values
    filled = fill(Rendered(words.subject, words.text, words.html), values)
    return Outgoing(
        delivery_id=email.delivery_id,
        address=email.address,
        subject=filled.subject,
        text=filled.text,
        html=filled.html,
        from_name=words.from_name,
        from_address=words.from_address,
        reply_to=words.reply_to,
        auto_submitted=words.auto_submitted,
        headers=tuple((name, fill(Rendered("", value, None), values).text) for name, value in words.headers),
    )
