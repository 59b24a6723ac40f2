"""What a large mailing adds up to while it runs, and how many a draft would go to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailing_tallies",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("numbers", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_mailing_tallies_mailing_id_mailings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_tallies")),
        sa.UniqueConstraint("mailing_id", name=op.f("uq_mailing_tallies_mailing_id")),
    )
    op.add_column("mailings", sa.Column("reach", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "reach")
    op.drop_table("mailing_tallies")
