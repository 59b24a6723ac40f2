"""Who told a mailing to start by itself, and to how many a second member had agreed; the tag of a whole import."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("scheduled_by", sa.BigInteger(), nullable=True))
    op.add_column("mailings", sa.Column("agreed_to", sa.BigInteger(), nullable=True))
    op.add_column("transfers", sa.Column("tag_id", sa.BigInteger(), nullable=True))
    name = op.f("fk_transfers_tag_id_tags")
    op.create_foreign_key(name, "transfers", "tags", ["tag_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    op.drop_column("transfers", "tag_id")
    op.drop_column("mailings", "agreed_to")
    op.drop_column("mailings", "scheduled_by")
