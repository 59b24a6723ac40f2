"""Mailings that start at a time, words that two people may write at once, and rules that have a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_segments_name")),
    )
    for name in ("launch_at", "tested_at"):
        op.add_column("mailings", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("mailing_texts", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    op.alter_column("mailing_texts", "version", server_default=None)


def downgrade() -> None:
    op.drop_column("mailing_texts", "version")
    for name in ("tested_at", "launch_at"):
        op.drop_column("mailings", name)
    op.drop_table("segments")
