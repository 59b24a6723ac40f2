from sqlalchemy.dialects import postgresql

from workers.sending import statements


def test_each_is_built_once() -> None:
    for build in (statements.claim, statements.has_due, statements.extend, statements.reserve, statements.settle):
        assert build() is build()


def test_what_changes_rows_locks_them_in_the_order_of_their_ids() -> None:
    for build in (statements.extend, statements.reserve, statements.settle):
        sql = str(build().compile(dialect=postgresql.dialect()))
        assert "ORDER BY deliveries.id FOR UPDATE OF deliveries" in sql
    assert "SKIP LOCKED" in str(statements.claim().compile(dialect=postgresql.dialect()))
