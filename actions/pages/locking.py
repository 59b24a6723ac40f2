from actions import published
from actions.extensions import db
from actions.pages.models import Page


def lock(page: Page) -> None:
    """Two campaigners at once act one after the other."""
    published.read_anew()
    db.session.flush()
    db.session.refresh(page, with_for_update=True)
