from actions import published
from actions.extensions import db
from actions.pages.models import Page


def lock(page: Page) -> None:
    """Two campaigners at once act one after the other."""
    published.read_anew()
    db.session.flush()
    db.session.refresh(page, with_for_update=True)


def hold_still(page_id: int) -> Page:
    """As it stands now: whoever changes its words or closes it waits for the end of this transaction."""
    to_read = {"read": True, "key_share": True}
    return db.session.get_one(Page, page_id, with_for_update=to_read, populate_existing=True)
