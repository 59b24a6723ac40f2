import structlog
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.segments.models import Segment
from actions.segments.rules import Rule, to_json
from actions.staff import audit

log = structlog.get_logger()


def save_segment(name: str, rule: Rule, *, by: Actor) -> Segment:
    """Under a name that has a rule already, the new rule takes its place."""
    values = {"name": " ".join(name.split()), "rule": to_json(rule), "created_at": clock.now()}
    statement = insert(Segment).values(values)
    kept = statement.on_conflict_do_update(index_elements=["name"], set_={"rule": values["rule"]}).returning(Segment)
    segment = db.session.scalars(kept, execution_options={"populate_existing": True}).one()
    audit.note("save segment", by=by, about=("segments", segment.id), after={"rule": segment.rule})
    return segment


def forget_segment(segment: Segment, *, by: Actor) -> None:
    audit.note("forget segment", by=by, about=("segments", segment.id), before={"rule": segment.rule})
    db.session.delete(segment)
    db.session.flush()
