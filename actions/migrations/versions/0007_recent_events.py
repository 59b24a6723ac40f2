"""What came back lately is counted at each look of the metrics."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_delivery_events_at", "delivery_events", ["at"])


def downgrade() -> None:
    op.drop_index("ix_delivery_events_at", "delivery_events")
