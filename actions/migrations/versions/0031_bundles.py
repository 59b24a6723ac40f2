"""Letters that are printed in a bundle and handed over, counted apart from those by email."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

STATE = sa.Enum("making", "made", "handed_over", "void", name="bundlestate", native_enum=False, length=32)
COUNTED = "letter_counts"


def upgrade() -> None:
    op.create_table(
        "bundles",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("state", STATE, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("done", "after_id", "parts", "pages")),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_file", sa.Boolean(), nullable=False),
        sa.Column("handed_over_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("handed_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_bundles_page_id_pages")),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name=op.f("fk_bundles_target_id_targets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundles")),
    )
    op.create_index("ix_bundles_by_page", "bundles", ["page_id", "target_id"])
    op.create_index(op.f("ix_bundles_ended_at"), "bundles", ["ended_at"])
    op.create_table(
        "bundle_parts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bundle_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("offsets", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_bundle_parts_bundle_id_bundles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_parts")),
        sa.UniqueConstraint("bundle_id", "number", name=op.f("uq_bundle_parts_bundle_id_number")),
    )
    for table, column in (("letters", "bundled"), (COUNTED, "bundled")):
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column(table, column, server_default=None)
    op.add_column("letters", sa.Column("bundle_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_letters_bundle_id_bundles"), "letters", "bundles", ["bundle_id"], ["id"])
    op.create_index(
        "ix_letters_by_bundle", "letters", ["bundle_id", "id"], postgresql_where=sa.text("bundle_id IS NOT NULL")
    )
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state", "page_id", "bundled"])
    op.drop_constraint(op.f("uq_letter_counts_page_id_target_id_state"), COUNTED)
    op.create_unique_constraint(
        op.f("uq_letter_counts_page_id_target_id_state_bundled"), COUNTED, ["page_id", "target_id", "state", "bundled"]
    )
    op.add_column("pages", sa.Column("bundled_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("pages", "bundled_count", server_default=None)


def downgrade() -> None:
    """Who waited for a bundle waits on; letters in one that was not handed over are ready again."""
    op.execute("UPDATE targets SET delivery = 'post' WHERE delivery = 'bundle'")
    op.execute(
        "UPDATE letters SET state = 'ready' WHERE state = 'released' AND bundle_id IN "
        "(SELECT id FROM bundles WHERE state <> 'handed_over')"
    )
    op.drop_column("pages", "bundled_count")
    op.execute("DELETE FROM letter_counts")
    op.drop_constraint(op.f("uq_letter_counts_page_id_target_id_state_bundled"), COUNTED)
    op.create_unique_constraint(
        op.f("uq_letter_counts_page_id_target_id_state"), COUNTED, ["page_id", "target_id", "state"]
    )
    op.drop_index("ix_letters_by_target", table_name="letters")
    op.create_index("ix_letters_by_target", "letters", ["target_id", "state", "page_id"])
    op.drop_index("ix_letters_by_bundle", table_name="letters")
    op.drop_column("letters", "bundle_id")
    op.drop_column("letters", "bundled")
    op.drop_column(COUNTED, "bundled")
    op.drop_table("bundle_parts")
    op.drop_table("bundles")
