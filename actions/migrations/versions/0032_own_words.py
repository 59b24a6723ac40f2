"""How much of a letter is its writer's own, and what a page asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
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
    AND column_name NOT IN ('signature_count', 'letter_count', 'bundled_count', 'posted_count');
    EXECUTE 'CREATE TRIGGER pages_leave_mark AFTER INSERT OR DELETE OR UPDATE OF ' || watched || ' ON pages '
        || 'FOR EACH STATEMENT EXECUTE FUNCTION leave_published_mark()';
END
$$
"""


def upgrade() -> None:
    op.execute("DROP TRIGGER pages_leave_mark ON pages")
    op.add_column("pages", sa.Column("least_own_share", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("pages", "least_own_share", server_default=None)
    op.execute(WATCH)
    op.add_column("letters", sa.Column("own_share", sa.BigInteger(), nullable=True))
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state", "page_id", "bundled", "own_share"])
    for name in ("measured", "own_shares"):
        op.add_column("letter_counts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("letter_counts", name, server_default=None)


def downgrade() -> None:
    for name in ("own_shares", "measured"):
        op.drop_column("letter_counts", name)
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state", "page_id", "bundled"])
    op.drop_column("letters", "own_share")
    op.execute("DROP TRIGGER pages_leave_mark ON pages")
    op.drop_column("pages", "least_own_share")
    op.execute(WATCH)
