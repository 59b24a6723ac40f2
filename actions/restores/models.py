from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from actions.extensions import Base, Id


class RestoreMark(Base):
    """One row. `mark` goes up every few seconds, here and then outside: a database that lags behind was restored."""

    __tablename__ = "restore_marks"

    id: Mapped[Id] = mapped_column(autoincrement=False)
    mark: Mapped[int]
    marked_at: Mapped[datetime]
    # Set while bulk mail and letters are held: since when, and from when on this database remembers nothing.
    restored_at: Mapped[datetime | None]
    lost_since: Mapped[datetime | None]
    # Withdrawals up to here stand in the log outside.
    logged_until: Mapped[datetime | None]
