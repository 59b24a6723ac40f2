"""Who was taken out of the count is looked up by the rule; every other signature needs no entry for that."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
NAME = "ix_signatures_invalidation_id"


def upgrade() -> None:
    op.drop_index(NAME, "signatures")
    op.create_index(NAME, "signatures", ["invalidation_id"], postgresql_where="invalidation_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index(NAME, "signatures")
    op.create_index(NAME, "signatures", ["invalidation_id"])
