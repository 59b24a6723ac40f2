import pytest
from flask import Flask

from actions.actors import OPERATOR, Actor, Role
from actions.drafts.operations import DraftMoved, Seen, drop, drop_all, keep
from actions.drafts.queries import Place, draft_of, drafts_about

HERE, ELSEWHERE = Place("pages", 1, "en"), Place("mailings", 1, "en")
ADA, BO = Actor(Role.STAFF, 1), Actor(Role.STAFF, 2)


def test_what_is_typed_takes_the_place_of_what_was_typed_before(app: Flask) -> None:
    first = keep(HERE, {"title": "Fr"}, Seen(3), by=ADA)
    again = keep(HERE, {"title": "Free her"}, Seen(4, first.revision), by=ADA)
    assert (again.words, again.based_on, again.revision) == ({"title": "Free her"}, 4, 2)
    assert len(drafts_about("pages", 1)) == 1


def test_a_second_window_does_not_write_over_the_first(app: Flask) -> None:
    keep(HERE, {"title": "First"}, Seen(1), by=ADA)
    with pytest.raises(DraftMoved) as moved:
        keep(HERE, {"title": "Second"}, Seen(1), by=ADA)
    assert moved.value.draft.words == {"title": "First"}


def test_each_writer_drops_only_what_is_theirs_there(app: Flask) -> None:
    for place in (HERE, ELSEWHERE):
        for writer in (ADA, BO):
            keep(place, {}, Seen(1), by=writer)
    drop(HERE, by=ADA)
    there = [(draft_of(place, 1) is None, draft_of(place, 2) is None) for place in (HERE, ELSEWHERE)]
    assert there == [(True, False), (False, False)]
    drop_all("mailings", 1, by=BO)
    assert (list(drafts_about("mailings", 1)), len(drafts_about("pages", 1))) == ([], 1)


def test_a_draft_belongs_to_a_member_of_staff(app: Flask) -> None:
    with pytest.raises(ValueError, match="member of staff"):
        keep(HERE, {}, Seen(1), by=OPERATOR)
