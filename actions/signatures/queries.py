from sqlalchemy import select

from actions.extensions import db
from actions.pages.counting import Acts
from actions.pages.models import Page
from actions.signatures.models import Signature, SignatureState

# What workers/counts.py adds up.
ACTS = Acts(
    kind="signature",
    table=Signature.__table__,  # type: ignore[arg-type]  # SQLAlchemy types it as any FromClause
    counting=(SignatureState.COUNTED,),
    ended=(SignatureState.WITHDRAWN, SignatureState.INVALIDATED),
    moment="counted_at",
    total=Page.signature_count,
)
STANDING = (SignatureState.COUNTED, SignatureState.INVALIDATED)


def standing(page_id: int, supporter_id: int) -> Signature | None:
    """The one signature of this person under this page that was confirmed and not withdrawn."""
    wanted = select(Signature).where(
        Signature.page_id == page_id, Signature.supporter_id == supporter_id, Signature.state.in_(STANDING)
    )
    return db.session.scalars(wanted).one_or_none()
