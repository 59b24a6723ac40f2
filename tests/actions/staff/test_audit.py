from flask import Flask

from actions.actors import WORKER, Actor, Role
from actions.staff.audit import note
from actions.staff.queries import newest_entries


def test_it_says_who_what_and_about_which_row(app: Flask) -> None:
    note("sent", by=WORKER)
    note("paused", by=Actor(Role.STAFF, 7), about=("mailings", 3), before={"state": "sending"})
    newest, oldest = newest_entries()
    assert (newest.staff_id, newest.role, newest.about_kind, newest.about_id) == (7, "staff", "mailings", 3)
    assert (newest.before, newest.after) == ({"state": "sending"}, {})
    assert (oldest.staff_id, oldest.role, oldest.about_kind) == (None, "worker", None)
