from sqlalchemy.dialects import postgresql

from actions.deliveries.models import Lane
from workers.sending import statements


def test_each_is_built_once() -> None:
    for build in (statements.extend, statements.reserve, statements.settle):
        assert build() is build()
    for build_for in (statements.claim, statements.has_due):
        assert build_for(Lane.BULK) is build_for(Lane.BULK)


def test_only_letters_are_asked_whether_they_are_stopped() -> None:
    assert "letter_stops" in str(statements.claim(Lane.LETTERS))
    assert "letter_stops" not in str(statements.claim(Lane.BULK))


def test_what_changes_rows_locks_them_in_the_order_of_their_ids() -> None:
    for build in (statements.extend, statements.reserve, statements.settle):
        sql = str(build().compile(dialect=postgresql.dialect()))
        assert "ORDER BY deliveries.id FOR UPDATE OF deliveries" in sql
    assert "SKIP LOCKED" in str(statements.claim(Lane.NOW).compile(dialect=postgresql.dialect()))
