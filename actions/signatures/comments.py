"""What signers wrote, read by somebody before it is handed over in the organisation's name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, select, update

from actions.actors import Actor
from actions.extensions import db, is_one_of
from actions.pages.models import Page
from actions.signatures.handing_over import went_stale
from actions.signatures.models import CommentVerdict, Signature, SignatureState
from actions.staff.audit import note

PER_SCREEN = 25


def comments(page: Page, verdict: CommentVerdict | None, after: int = 0) -> Sequence[Signature]:
    """The next of them beyond the id `after`, the oldest first; `verdict` None for what nobody has read."""
    wanted = select(Signature).where(*_with_comment(page), _is(verdict), Signature.id > after)
    return db.session.scalars(wanted.order_by(Signature.id).limit(PER_SCREEN)).all()


def numbers(page: Page) -> dict[CommentVerdict | None, int]:
    counted = (
        select(Signature.comment_verdict, func.count()).where(*_with_comment(page)).group_by(Signature.comment_verdict)
    )
    found = {verdict: number for verdict, number in db.session.execute(counted)}  # noqa: C416  # dict() of rows has no types
    return {verdict: found.get(verdict, 0) for verdict in (None, *CommentVerdict)}


def settle(page: Page, verdicts: Mapping[int, CommentVerdict | None], *, by: Actor) -> int:
    """Signature id -> what is to become of its words; returns how many were there."""
    number = 0
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
        number += len(db.session.scalars(settled).all())
    if number:
        went_stale(page.id)
        note("read comments", by=by, about=(Page.__tablename__, page.id), after={"number": number})
    return number


def _with_comment(page: Page) -> tuple[ColumnElement[bool], ...]:
    return (
        Signature.page_id == page.id,
        Signature.state == SignatureState.COUNTED,
        Signature.comment_sealed.is_not(None),
    )


def _is(verdict: CommentVerdict | None) -> ColumnElement[bool]:
    return Signature.comment_verdict.is_(None) if verdict is None else Signature.comment_verdict == verdict
