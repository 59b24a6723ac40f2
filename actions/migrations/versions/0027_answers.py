"""Whether offices answered, as those say who wrote to them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SAID = sa.Enum("yes", "no", name="said", native_enum=False, length=32)


def upgrade() -> None:
    moments = ("asked_again_at", "said_at", "stopped_at", "answered_at", "read_at")
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", SAID, nullable=True),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_questions_page_id_pages")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_questions_supporter_id_supporters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("page_id", "supporter_id", name=op.f("uq_questions_page_id_supporter_id")),
    )
    op.create_index(op.f("ix_questions_supporter_id"), "questions", ["supporter_id"])
    not_yet = sa.text("said = 'no' AND asked_again_at IS NULL")
    op.create_index("ix_questions_of_no", "questions", ["said_at"], postgresql_where=not_yet)
    told = sa.text("answered_at IS NOT NULL")
    op.create_index("ix_questions_told", "questions", ["answered_at"], postgresql_where=told)


def downgrade() -> None:
    op.drop_table("questions")
