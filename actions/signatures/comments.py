"""What signers wrote, read by somebody before it is handed over in the organisation's name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, select, update

from actions.actors import Actor
from actions.extensions import db, is_one_of
from actions.pages.models import Page
from actions.signatures.handing_over import went_stale
from actions.signatures.models import CommentVerdict, Signature, SignatureState
from actions.staff.audit import note

PER_SCREEN = 25
# A screen must not read a million rows to say how many there are.
MOST_COUNTED = 10_000


def comments(page: Page, verdict: CommentVerdict | None, after: int = 0) -> Sequence[Signature]:
    """The next of them beyond the id `after`, the oldest first; `verdict` None for what nobody has read."""
    return db.session.scalars(_next(page, verdict, after)).all()


def numbers(page: Page) -> dict[CommentVerdict | None, int]:
    """How many of each; MOST_COUNTED stands for as many or more."""
    return {verdict: number(page, verdict) for verdict in (None, *CommentVerdict)}


def number(page: Page, verdict: CommentVerdict | None) -> int:
    first = select(Signature.id).where(*_with_comment(page), _is(verdict)).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(first.subquery())) or 0


def settle(page: Page, verdicts: Mapping[int, CommentVerdict | None], *, by: Actor) -> int:
    """Signature id -> what is to become of its words; returns how many were there."""
    settled_now = 0
    for verdict in (None, *CommentVerdict):
        ids = [row_id for row_id, wanted in verdicts.items() if wanted is verdict]
        if not ids:
            continue
        settled = (
            update(Signature)
            .where(*_with_comment(page), is_one_of(Signature.id, ids))
            .values(comment_verdict=verdict)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        )
        settled_now += len(db.session.scalars(settled).all())
    if settled_now:
        went_stale([page.id])
        note("read comments", by=by, about=(Page.__tablename__, page.id), after={"number": settled_now})
    return settled_now


def _next(page: Page, verdict: CommentVerdict | None, after: int) -> Select[Signature]:
    wanted = select(Signature).where(*_with_comment(page), _is(verdict), Signature.id > after)
    # The verdict is one and the same. Named first, the order is that of its index: by the id alone PostgreSQL would
    # walk through all signatures there are where a page has few comments.
    return wanted.order_by(Signature.comment_verdict, Signature.id).limit(PER_SCREEN)


def _with_comment(page: Page) -> tuple[ColumnElement[bool], ...]:
    return (
        Signature.page_id == page.id,
        Signature.state == SignatureState.COUNTED,
        Signature.comment_sealed.is_not(None),
    )


def _is(verdict: CommentVerdict | None) -> ColumnElement[bool]:
    """As a range, since an equation would drop the verdict out of the order."""
    return (
        Signature.comment_verdict.is_(None) if verdict is None else Signature.comment_verdict.between(verdict, verdict)
    )
