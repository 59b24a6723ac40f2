"""Indexes of deliveries that cost less at each step of an email."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("uq_deliveries_mailing_supporter", "ix_deliveries_about", "ix_deliveries_supporter"):
        op.drop_index(name, "deliveries")
    op.create_index("uq_deliveries_supporter_mailing", "deliveries", ["supporter_id", "mailing_id"], unique=True)
    op.create_index("ix_deliveries_about", "deliveries", ["kind", "about_id"], postgresql_where="about_id IS NOT NULL")
    op.create_index("ix_deliveries_open", "deliveries", ["mailing_id"], postgresql_where="ended_at IS NULL")
    blocks = {"pages_per_range": 32, "autosummarize": True}
    op.create_index(
        "ix_deliveries_mailing", "deliveries", ["mailing_id"], postgresql_using="brin", postgresql_with=blocks
    )


def downgrade() -> None:
    for name in (
        "ix_deliveries_mailing",
        "ix_deliveries_open",
        "ix_deliveries_about",
        "uq_deliveries_supporter_mailing",
    ):
        op.drop_index(name, "deliveries")
    op.create_index("ix_deliveries_about", "deliveries", ["kind", "about_id"])
    op.create_index("ix_deliveries_supporter", "deliveries", ["supporter_id"])
    op.create_index("uq_deliveries_mailing_supporter", "deliveries", ["mailing_id", "supporter_id"], unique=True)
