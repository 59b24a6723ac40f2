"""Members have a time zone, and a name for the link to a new password that was mailed last."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("time_zone", sa.Text(), nullable=False, server_default="UTC"))
    op.alter_column("staff", "time_zone", server_default=None)
    op.add_column("staff", sa.Column("password_link", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("staff", "password_link")
    op.drop_column("staff", "time_zone")
