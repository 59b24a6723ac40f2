from datetime import datetime, timedelta

from sqlalchemy import func, select

from actions.extensions import db
from actions.pages.counting import Acts
from actions.pages.models import Page, PageCount
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


def by_country(page: Page) -> list[tuple[str, int]]:
    """(country code or an empty text, signatures), the most first; from the journal that counting keeps."""
    number = func.sum(PageCount.count)
    wanted = select(PageCount.country, number).where(PageCount.page_id == page.id, PageCount.kind == ACTS.kind)
    rows = db.session.execute(wanted.group_by(PageCount.country).having(number > 0).order_by(number.desc()))
    return [(country, int(count)) for country, count in rows]


def by_hour(page: Page, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """(the hour's begin, signatures), each hour of the time, also the quiet ones."""
    wanted = select(PageCount.hour, func.sum(PageCount.count)).where(
        PageCount.page_id == page.id, PageCount.kind == ACTS.kind, PageCount.hour >= since
    )
    found = {hour: int(count) for hour, count in db.session.execute(wanted.group_by(PageCount.hour))}
    begin = since.replace(minute=0, second=0, microsecond=0)
    hours = [begin + timedelta(hours=at) for at in range(int((until - begin) / timedelta(hours=1)) + 1)]
    return [(hour, found.get(hour, 0)) for hour in hours]
