import structlog
from sqlalchemy import delete, or_, select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.tags.models import Tag, Tagging
from actions.tags.queries import KEPT

log = structlog.get_logger()


def forget_removed(*, by: Actor) -> None:
    """Removed longer ago than it can be put back: who carried it goes, and then the word itself."""
    roots = select(Tag.id).where(Tag.removed_at < clock.now() - KEPT)
    gone = db.session.scalars(select(Tag.id).where(or_(Tag.id.in_(roots), Tag.merged_into_id.in_(roots)))).all()
    db.session.execute(delete(Tagging).where(Tagging.tag_id.in_(gone)))
    db.session.execute(delete(Tag).where(Tag.id.in_(gone)))
    log.info("removed tags forgotten", number=len(gone), by=by.role.value)
