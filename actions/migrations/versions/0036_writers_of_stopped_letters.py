"""Which letters were stopped whose writers have had no word of it yet."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letters", sa.Column("untold", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("letters", "untold", server_default=None)
    op.create_index("ix_letters_untold", "letters", ["id"], postgresql_where="untold")


def downgrade() -> None:
    op.drop_index("ix_letters_untold", "letters")
    op.drop_column("letters", "untold")
