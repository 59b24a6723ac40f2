"""A mailing that is ready to go, and what its rows say once they are put together."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from actions.actors import OPERATOR
from actions.deliveries.kinds import Outgoing, kind_of
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, operations
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.operations import Words
from actions.pages.models import Page

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
    """As the engine does it: by the composer that is registered for their kind."""
    composed = kind_of(rows[0].kind).compose(rows)
    return [composed[row.id] for row in rows if row.id in composed]
