"""An import remembers where in its file it stands, and an upload when it was last heard of."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEGINNING = {"at_piece": "0", "at_offset": "0", "at_line": "1"}
UNFINISHED = "state IN ('uploading', 'looked_at', 'running')"


def upgrade() -> None:
    for name, value in BEGINNING.items():
        op.add_column("transfers", sa.Column(name, sa.BigInteger(), nullable=False, server_default=value))
        op.alter_column("transfers", name, server_default=None)
    op.add_column("transfers", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    # Their files are kept as they came, and no place to go on from is known. Whoever imports such a file again finds
    # those who are in already in their place.
    _cancel_unfinished()


def downgrade() -> None:
    # What reads them then knows neither how their files are kept nor that one may still be coming.
    _cancel_unfinished()
    for name in ("heard_at", *BEGINNING):
        op.drop_column("transfers", name)


def _cancel_unfinished() -> None:
    of_them = f"(SELECT id FROM transfers WHERE {UNFINISHED})"  # noqa: S608  # our own words
    op.execute(f"DELETE FROM transfer_parts WHERE kind = 'uploaded' AND transfer_id IN {of_them}")  # noqa: S608  # as above
    op.execute(f"UPDATE transfers SET state = 'cancelled', ended_at = now() WHERE {UNFINISHED}")  # noqa: S608  # as above
