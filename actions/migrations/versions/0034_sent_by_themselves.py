"""Letters that their writers sent from their own mail programs, as they say: counted apart."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# All columns of `pages` but the counts leave a mark when they change (see 0004); whichever there are by now.
WATCH = """
DO $$
DECLARE
    watched text;
BEGIN
    SELECT string_agg(quote_ident(column_name), ', ') INTO watched FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'pages'
    AND column_name NOT IN ('signature_count', 'letter_count', 'bundled_count', 'posted_count', 'self_sent_count');
    EXECUTE 'CREATE TRIGGER pages_leave_mark AFTER INSERT OR DELETE OR UPDATE OF ' || watched || ' ON pages '
        || 'FOR EACH STATEMENT EXECUTE FUNCTION leave_published_mark()';
END
$$
"""


def upgrade() -> None:
    op.execute("DROP TRIGGER pages_leave_mark ON pages")
    op.add_column("pages", sa.Column("self_sent_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("pages", "self_sent_count", server_default=None)
    op.execute(WATCH)


def downgrade() -> None:
    op.execute("DROP TRIGGER pages_leave_mark ON pages")
    op.drop_column("pages", "self_sent_count")
    op.execute(WATCH)
