"""Drafts that open by themselves on their date."""

from collections.abc import Sequence

import structlog
from sqlalchemy import select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.pages.models import Page, PageState
from actions.pages.operations import NotFromHere, PageNotReady, open_page

log = structlog.get_logger()


def due_drafts() -> Sequence[Page]:
    due = select(Page).where(Page.state == PageState.DRAFT, Page.opens_at <= clock.now())
    return db.session.scalars(due.order_by(Page.id)).all()


def open_if_ready(page: Page, *, by: Actor) -> bool:
    """False for one that lacks something by now: it stays a late draft, and the next run tries again."""
    if page.state is not PageState.DRAFT or page.opens_at is None or page.opens_at > clock.now():
        return False
    try:
        open_page(page, by=by)
    except PageNotReady as lacking:
        log.warning("a page could not open on its date", page_id=page.id, problems=len(lacking.problems))
        return False
    except NotFromHere:
        return False
    return True
