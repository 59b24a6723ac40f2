"""Designs that mailings begin with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KIND = sa.Enum("alert", "update", "newsletter", name="mailingkind", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "mailing_designs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_designs")),
    )
    op.create_index(
        "uq_mailing_designs_name",
        "mailing_designs",
        ["name"],
        unique=True,
        postgresql_where=sa.text("dropped_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("mailing_designs")
