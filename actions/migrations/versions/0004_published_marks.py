"""A mark for what is published, so that each process may remember it until it changes (actions/published.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE_TABLES = (
    "organisation",
    "lists",
    "consent_texts",
    "targets",
    "pictures",
    "page_wordings",
    "page_targets",
    "page_updates",
)
# All but the counts, which change every few seconds.
PAGE_COLUMNS = (
    "id, slug, number, state, version, default_language, country, goal, action_until, flagged, demonstration, "
    "lead_picture, legal_basis, retention_months, position, created_at, opened_at, ended_at"
)


def upgrade() -> None:
    op.create_table(
        "published_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_marks")),
    )
    # Old marks are taken away past those that another transaction holds: nobody waits for anybody here.
    op.execute(
        """
        CREATE FUNCTION leave_published_mark() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM published_marks WHERE id IN (
                SELECT id FROM published_marks WHERE left_at < clock_timestamp() - interval '1 hour'
                FOR UPDATE SKIP LOCKED
            );
            INSERT INTO published_marks (mark, left_at)
            VALUES ((random() * 9e18)::bigint, clock_timestamp());
            RETURN NULL;
        END $$
        """
    )
    for table in WHOLE_TABLES:
        _watch(table, "INSERT OR UPDATE OR DELETE")
    _watch("pages", f"INSERT OR DELETE OR UPDATE OF {PAGE_COLUMNS}")
    # What is published already.
    op.execute("INSERT INTO published_marks (mark, left_at) VALUES ((random() * 9e18)::bigint, clock_timestamp())")


def downgrade() -> None:
    for table in (*WHOLE_TABLES, "pages"):
        op.execute(f"DROP TRIGGER {table}_leave_mark ON {table}")
    op.execute("DROP FUNCTION leave_published_mark()")
    op.drop_table("published_marks")


def _watch(table: str, events: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_leave_mark AFTER {events} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION leave_published_mark()"
    )
