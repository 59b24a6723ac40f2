"""Who wrote is told when a bundle is handed over. Those of bundles that were handed over before are not told now."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bundles", sa.Column("told", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("bundles", "told", server_default=None)
    op.add_column("bundles", sa.Column("told_after_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("bundles", "told_after_id")
    op.drop_column("bundles", "told")
