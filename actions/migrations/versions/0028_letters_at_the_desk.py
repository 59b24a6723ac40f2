"""Letters at the desk: who stopped them, how many there are, and how many went in each hour."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATE = sa.Enum(
    *("unconfirmed", "ready", "released", "sent", "held", "unknown", "failed", "cancelled", "refused", "expired"),
    *("printed", "posted"),
    name="letterstate",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    op.create_table(
        "letter_stops",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_letter_stops_page_id_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_stops")),
        sa.UniqueConstraint("page_id", name=op.f("uq_letter_stops_page_id"), postgresql_nulls_not_distinct=True),
    )
    op.create_table(
        "letter_counts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_letter_counts_page_id_pages")),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name=op.f("fk_letter_counts_target_id_targets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_counts")),
        sa.UniqueConstraint(
            "page_id", "target_id", "state", name=op.f("uq_letter_counts_page_id_target_id_state")
        ),
    )
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state", "page_id"])
    op.create_index(
        "ix_letters_stuck",
        "letters",
        ["state", "target_id", "page_id"],
        postgresql_where=sa.text("state IN ('held', 'unknown')"),
    )
    op.create_index("ix_letter_events_sent", "letter_events", ["at"], postgresql_where=sa.text("after = 'sent'"))
    op.create_index(
        "ix_deliveries_put_off",
        "deliveries",
        ["target_id"],
        postgresql_where=sa.text("state = 'deferred' AND target_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_put_off", table_name="deliveries")
    op.drop_index("ix_letter_events_sent", table_name="letter_events")
    op.drop_index("ix_letters_stuck", table_name="letters")
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state"])
    op.drop_table("letter_counts")
    op.drop_table("letter_stops")
