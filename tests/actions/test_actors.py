import dataclasses

import pytest

from actions.actors import OPERATOR, VISITOR, WORKER, Actor, Role, supporter


def test_only_a_supporter_or_a_staff_member_has_an_id() -> None:
    assert supporter(7) == Actor(Role.SUPPORTER, 7)
    assert [actor.id for actor in (VISITOR, WORKER, OPERATOR)] == [None, None, None]


def test_who_acts_cannot_be_changed_on_the_way() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        VISITOR.id = 7  # type: ignore[misc]  # that is what is refused
