"""Designs that mailings begin with; one table for all words that are kept while they are written; asked links; a second
member's yes."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KIND = sa.Enum("alert", "update", "newsletter", name="mailingkind", native_enum=False, length=32)
CAME = sa.Enum(
    "answered", "no_such_host", "unreachable", "not_trusted", "not_public", "goes_round",
    name="came", native_enum=False, length=32,
)
ROLE = sa.Enum(
    "viewer", "editor", "sender", "exporter", "admin", name="staffrole", native_enum=False, length=32
)
BEFORE = (("page_drafts", "page_id", "pages"), ("mailing_drafts", "mailing_id", "mailings"))
HELD = "staff_id, based_on, revision, words, kept_at"


def upgrade() -> None:
    op.create_table(
        "mailing_designs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_designs")),
    )
    op.create_index(
        "uq_mailing_designs_name",
        "mailing_designs",
        ["name"],
        unique=True,
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("about_kind", sa.Text(), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        *_what_a_draft_holds(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint(
            "about_kind", "about_id", "part", "staff_id", name=op.f("uq_drafts_about_kind_about_id_part_staff_id")
        ),
    )
    for table, column, kind in BEFORE:
        op.execute(
            f"INSERT INTO drafts (about_kind, about_id, part, {HELD}) "
            f"SELECT '{kind}', {column}, language, {HELD} FROM {table}"
        )
        op.drop_table(table)
    op.create_table(
        "link_checks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("came", CAME, nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("leads_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_checks")),
        sa.UniqueConstraint("address", name=op.f("uq_link_checks_address")),
    )
    op.create_table(
        "second_looks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("role", ROLE, nullable=False),
        sa.Column("about_kind", sa.Text(), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_looks")),
    )
    op.create_index("ix_second_looks_about_kind", "second_looks", ["about_kind", "about_id"])


def downgrade() -> None:
    op.drop_table("second_looks")
    op.drop_table("link_checks")
    for table, column, kind in BEFORE:
        op.create_table(
            table,
            sa.Column("id", sa.BigInteger(), nullable=False),
            sa.Column(column, sa.BigInteger(), nullable=False),
            sa.Column("language", sa.Text(), nullable=False),
            *_what_a_draft_holds(),
            sa.ForeignKeyConstraint([column], [f"{kind}.id"], name=op.f(f"fk_{table}_{column}_{kind}")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint(column, "language", "staff_id", name=op.f(f"uq_{table}_{column}_language_staff_id")),
        )
        op.execute(
            f"INSERT INTO {table} ({column}, language, {HELD}) "
            f"SELECT about_id, part, {HELD} FROM drafts WHERE about_kind = '{kind}' AND part <> 'update'"
        )
    op.drop_table("drafts")
    op.drop_table("mailing_designs")


def _what_a_draft_holds() -> list[sa.Column[Any]]:
    return [
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    ]
