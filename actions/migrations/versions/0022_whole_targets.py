"""What an office is accredited to, when it is open, who verified its address, and why its letters wait."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LISTS = ("accredited_to", "spare_emails", "open_days")
TEXTS = ("verification_note", "waits_note")
OPTIONAL: dict[str, Any] = {
    "opens_at": sa.Time(),
    "closes_at": sa.Time(),
    "max_in_total": sa.BigInteger(),
    "address_by": sa.BigInteger(),
    "address_at": sa.DateTime(timezone=True),
    "verified_by": sa.BigInteger(),
    "waits_why": sa.String(32),
}


def upgrade() -> None:
    for name in LISTS:
        _add(sa.Column(name, JSONB(), nullable=False, server_default="[]"))
    for name in TEXTS:
        _add(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _add(sa.Column("hard_bounces", sa.BigInteger(), nullable=False, server_default="0"))
    for name, kind in OPTIONAL.items():
        op.add_column("targets", sa.Column(name, kind, nullable=True))
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_letters_by_target", table_name="letters")
    for name in (*OPTIONAL, "hard_bounces", *TEXTS, *LISTS):
        op.drop_column("targets", name)


def _add(column: sa.Column[object]) -> None:
    """For the rows that are there the default holds; a new row says it itself."""
    op.add_column("targets", column)
    op.alter_column("targets", column.name, server_default=None)
