"""Words that are being written, what one can do on a page, when it opens, and what a picture shows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# All but the counts, as in 0004.
COLUMNS = (
    "id, slug, number, state, version, default_language, country, goal, action_until, flagged, demonstration, "
    "lead_picture, legal_basis, retention_months, position, created_at, opened_at, ended_at"
)
KIND = sa.Enum("urgent_action", "petition", "letter", name="pagekind", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "page_drafts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_drafts_page_id_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_drafts")),
        sa.UniqueConstraint(
            "page_id", "language", "staff_id", name=op.f("uq_page_drafts_page_id_language_staff_id")
        ),
    )
    op.add_column("pages", sa.Column("kind", KIND, nullable=False, server_default="urgent_action"))
    op.alter_column("pages", "kind", server_default=None)
    op.add_column("pages", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
    _watch(f"{COLUMNS}, kind, opens_at")
    for name in ("alt", "credit"):
        op.add_column("pictures", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("pictures", name, server_default=None)
    for name in ("focus_x", "focus_y"):
        op.add_column("pictures", sa.Column(name, sa.BigInteger(), nullable=False, server_default="50"))
        op.alter_column("pictures", name, server_default=None)


def downgrade() -> None:
    for name in ("alt", "credit", "focus_x", "focus_y"):
        op.drop_column("pictures", name)
    _watch(COLUMNS)
    op.drop_column("pages", "opens_at")
    op.drop_column("pages", "kind")
    op.drop_table("page_drafts")


def _watch(columns: str) -> None:
    op.execute("DROP TRIGGER pages_leave_mark ON pages")
    op.execute(
        f"CREATE TRIGGER pages_leave_mark AFTER INSERT OR DELETE OR UPDATE OF {columns} ON pages "
        "FOR EACH STATEMENT EXECUTE FUNCTION leave_published_mark()"
    )
