"""What a target was sent lately is counted before each letter."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_letter_events_released", "letter_events", ["at"], postgresql_where="after = 'released'")


def downgrade() -> None:
    op.drop_index("ix_letter_events_released", "letter_events")
