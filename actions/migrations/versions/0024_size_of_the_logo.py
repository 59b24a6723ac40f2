"""How large the logo is, which a mail must say before the picture is there."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("logo_width", "logo_height"):
        op.add_column("organisation", sa.Column(name, sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE organisation SET logo_width = pictures.width, logo_height = pictures.height"
        " FROM pictures WHERE pictures.digest = organisation.logo"
    )


def downgrade() -> None:
    op.drop_column("organisation", "logo_height")
    op.drop_column("organisation", "logo_width")
