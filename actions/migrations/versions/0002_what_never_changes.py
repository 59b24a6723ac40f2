"""What never changes: consent texts and page wordings are immutable, consents are only ever added (C-30, C-31)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IMMUTABLE = ("consent_texts", "page_wordings")
APPEND_ONLY = ("consents", "letter_events")


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is never changed: add a row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in IMMUTABLE + APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_change BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    # Old consents and journals go by retention, which deletes whole rows; wordings and texts stay while anything
    # refers to them, which their foreign keys hold.
    for table in ("consents",):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in IMMUTABLE + APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_never_change ON {table}")
    op.execute("DROP TRIGGER consents_no_truncate ON consents")
    op.execute("DROP FUNCTION refuse_change()")
