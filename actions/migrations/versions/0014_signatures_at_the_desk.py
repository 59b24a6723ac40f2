"""Comments that somebody read, signatures taken out of the count by a rule, and petitions handed over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VERDICT = sa.Enum("kept", "left_out", name="commentverdict", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "invalidations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("rule_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_invalidations_page_id_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invalidations")),
    )
    op.create_index(op.f("ix_invalidations_page_id"), "invalidations", ["page_id"])
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("contents", JSONB(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_to", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_handovers_page_id_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_page_id"), "handovers", ["page_id"])
    op.add_column("signatures", sa.Column("comment_verdict", VERDICT, nullable=True))
    op.add_column("signatures", sa.Column("invalidation_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_signatures_invalidation_id_invalidations"),
        "signatures",
        "invalidations",
        ["invalidation_id"],
        ["id"],
    )
    op.create_index(op.f("ix_signatures_invalidation_id"), "signatures", ["invalidation_id"])
    op.create_index(
        "ix_signatures_comments",
        "signatures",
        ["page_id", "comment_verdict", "id"],
        postgresql_where="comment_sealed IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_signatures_comments", "signatures")
    op.drop_index(op.f("ix_signatures_invalidation_id"), "signatures")
    op.drop_constraint(op.f("fk_signatures_invalidation_id_invalidations"), "signatures")
    op.drop_column("signatures", "invalidation_id")
    op.drop_column("signatures", "comment_verdict")
    op.drop_table("handovers")
    op.drop_table("invalidations")
