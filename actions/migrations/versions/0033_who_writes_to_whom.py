"""Who writes to whom: the rule of each target of a page, and letters that are confirmed together."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

RULE = sa.Enum("everyone", "countries", "embassy", "home", name="targetrule", native_enum=False, length=32)


def upgrade() -> None:
    _add("page_targets", sa.Column("rule", RULE, nullable=False, server_default="everyone"))
    _add("page_targets", sa.Column("countries", JSONB(), nullable=False, server_default="[]"))
    _add("link_requests", sa.Column("others", JSONB(), nullable=False, server_default="[]"))
    op.add_column("confirmation_items", sa.Column("together", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("confirmation_items", "together")
    op.drop_column("link_requests", "others")
    op.drop_column("page_targets", "countries")
    op.drop_column("page_targets", "rule")


def _add(table: str, column: sa.Column[object]) -> None:
    """For the rows that are there the default holds; a new row says it itself."""
    op.add_column(table, column)
    op.alter_column(table, column.name, server_default=None)
