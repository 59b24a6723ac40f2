"""The rows of a mailing are written without a look at each reader and at the mailing itself."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAMED = (("mailing_id", "mailings"), ("supporter_id", "supporters"))


def upgrade() -> None:
    for column, table in NAMED:
        op.drop_constraint(f"fk_deliveries_{column}_{table}", "deliveries", type_="foreignkey")


def downgrade() -> None:
    for column, table in NAMED:
        op.create_foreign_key(f"fk_deliveries_{column}_{table}", "deliveries", table, [column], ["id"])
