"""Imports that run in the background, and the pieces of their files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATE = sa.Enum(
    "looked_at", "running", "done", "failed", "cancelled", name="transferstate", native_enum=False, length=32
)
KIND = sa.Enum("uploaded", "refused", name="partkind", native_enum=False, length=32)
COUNTS = ("rows", "rows_done", "joined", "waiting", "known", "merged", "refused")


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("reading", JSONB(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("broken_line", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_transfers_staff_id_staff")),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_transfers_list_id_lists")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_table(
        "transfer_parts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_parts_transfer_id_transfers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_parts")),
        sa.UniqueConstraint(
            "transfer_id", "kind", "number", name=op.f("uq_transfer_parts_transfer_id_kind_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("transfer_parts")
    op.drop_table("transfers")
