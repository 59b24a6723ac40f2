from datetime import timedelta

from flask import Flask

from actions.actors import Actor, Role
from actions.clock import clock
from actions.drafts.operations import Seen, keep
from actions.drafts.queries import Place, draft_of, drafts_about, drafts_of_others

ADA, BO, CY = (Actor(Role.STAFF, number) for number in (1, 2, 3))


def test_each_finds_their_own_and_who_else_is_writing_there(app: Flask) -> None:
    english, khmer = Place("pages", 1, "en"), Place("pages", 1, "km")
    for writer in (ADA, BO, CY):
        keep(english, {"title": str(writer.id)}, Seen(1), by=writer)
        clock.move(timedelta(minutes=1))
    keep(khmer, {"title": "1"}, Seen(1), by=ADA)
    mine = draft_of(english, 1)
    assert mine is not None
    assert mine.words == {"title": "1"}
    assert [one.staff_id for one in drafts_of_others(english, 1)] == [3, 2]
    assert [(one.part, one.staff_id) for one in drafts_about("pages", 1, 1)] == [("en", 1), ("km", 1)]
    assert len(drafts_about("pages", 1)) == 4
    assert draft_of(Place("mailings", 1, "en"), 1) is None
