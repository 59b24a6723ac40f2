from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.actors import OPERATOR
from actions.segments.operations import forget_segment, save_segment
from actions.segments.queries import segment_by_id, segments
from actions.segments.rules import LivesIn


def test_a_segment_keeps_one_rule_under_its_name(session: scoped_session[Session]) -> None:
    kept = save_segment("  Germany ", LivesIn(("DE",)), by=OPERATOR)
    again = save_segment("Germany", LivesIn(("DE", "AT")), by=OPERATOR)
    assert (kept.id, again.name, again.rule) == (again.id, "Germany", {"lives_in": ["DE", "AT"]})
    assert segment_by_id(kept.id) is again
    forget_segment(again, by=OPERATOR)
    assert segments() == []
