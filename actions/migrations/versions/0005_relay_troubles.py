"""What is wrong with a relay, and why the engine paused a mailing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay_troubles",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_troubles")),
        sa.UniqueConstraint("relay", name=op.f("uq_relay_troubles_relay")),
    )
    held = sa.Enum("relay_refuses", "restored", name="held", native_enum=False, length=32)
    op.add_column("mailings", sa.Column("held_because", held, nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "held_because")
    op.drop_table("relay_troubles")
