"""A logo and a colour of one's own, and countries whose cases need care."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("logo", sa.Text(), nullable=True))
    op.add_column("organisation", sa.Column("colour", sa.Text(), nullable=True))
    op.create_table(
        "country_notes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("wordings", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_country_notes")),
        sa.UniqueConstraint("country", name=op.f("uq_country_notes_country")),
    )


def downgrade() -> None:
    op.drop_table("country_notes")
    op.drop_column("organisation", "colour")
    op.drop_column("organisation", "logo")
