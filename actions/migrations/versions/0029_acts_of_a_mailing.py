"""What came of a mailing is counted as acts come, not read from all of them for each look."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailing_counts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_mailing_counts_mailing_id_mailings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_counts")),
        sa.UniqueConstraint(
            "mailing_id", "language", "country", "hour", name=op.f("uq_mailing_counts_mailing_id_language_country_hour")
        ),
    )
    for table, moment in (("signatures", "counted_at"), ("letters", "confirmed_at")):
        op.execute(
            "INSERT INTO mailing_counts (mailing_id, language, country, hour, count)"
            f" SELECT mailing_id, language, coalesce(country, ''), date_trunc('hour', coalesce({moment}, created_at)),"  # noqa: S608  # both are ours
            f" count(*) FROM {table} WHERE mailing_id IS NOT NULL AND tallied GROUP BY 1, 2, 3, 4"
            " ON CONFLICT (mailing_id, language, country, hour)"
            " DO UPDATE SET count = mailing_counts.count + excluded.count"
        )


def downgrade() -> None:
    op.drop_table("mailing_counts")
