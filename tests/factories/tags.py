from actions.actors import OPERATOR
from actions.extensions import db
from actions.supporters.models import Supporter
from actions.tags import operations
from actions.tags.models import Tag
from actions.tags.queries import vocabulary


def make_tag(name: str, *people: Supporter) -> Tag:
    operations.find_or_add([name], by=OPERATOR)
    for person in people:
        operations.give(person, name, by=OPERATOR)
    db.session.commit()
    tag = vocabulary().named(name)
    assert tag is not None
    return tag
