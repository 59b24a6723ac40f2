from flask import Flask

from actions import clock
from actions.extensions import db
from actions.supporters.models import Supporter, SupporterState
from actions.transfers.rows import insert_rows, next_ids


def made_up(row_id: int, name: str | None) -> dict[str, object]:
    return {
        "id": row_id,
        "email_sealed": b"sealed %d" % row_id,
        "email_hash": b"hash %d" % row_id,
        "first_name_sealed": name and name.encode(),
        "state": SupporterState.UNCONFIRMED,
        "language": "en",
    }


def test_rows_are_written_with_their_own_values_and_with_those_they_share(app: Flask) -> None:
    ids = next_ids("supporters", 3)
    rows = [made_up(row_id, name) for row_id, name in zip(ids, ["Ann", None, "'; --"], strict=True)]

    db.session.execute(insert_rows(Supporter, rows, {"source": "import: a form", "created_at": clock.now()}))

    written = [db.session.get_one(Supporter, row_id) for row_id in ids]
    assert [row.first_name_sealed for row in written] == [b"Ann", None, b"'; --"]
    assert [row.email_hash for row in written] == [b"hash %d" % row_id for row_id in ids]
    assert {(row.source, row.state) for row in written} == {("import: a form", SupporterState.UNCONFIRMED)}


def test_ids_are_drawn_once(app: Flask) -> None:
    first, second = next_ids("supporters", 5), next_ids("supporters", 5)

    assert len({*first, *second}) == 10
