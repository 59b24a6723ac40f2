"""What a screen shows of large tables: added up once, or found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("summary", JSONB(), nullable=True))
    for table in ("signatures", "letters"):
        where = "mailing_id IS NOT NULL"
        op.create_index(f"ix_{table}_by_mailing", table, ["mailing_id"], postgresql_where=where)
    op.create_index("ix_page_counts_lately", "page_counts", ["kind", "hour"])
    op.create_index(op.f("ix_subscriptions_joined_at"), "subscriptions", ["joined_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_subscriptions_joined_at"), "subscriptions")
    op.drop_index("ix_page_counts_lately", "page_counts")
    for table in ("signatures", "letters"):
        op.drop_index(f"ix_{table}_by_mailing", table)
    op.drop_column("mailings", "summary")
