from datetime import datetime

from sqlalchemy.orm import Mapped

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json


class Segment(Base):
    """A rule that was worth a name, so that the next mailing can begin with it. A mailing keeps a copy of its own."""

    __tablename__ = "segments"

    id: Mapped[Id]
    name: Mapped[str] = plain_column("a campaigner's name for a rule", unique=True)
    rule: Mapped[Json] = plain_column("a rule over supporters in general")
    created_at: Mapped[datetime]
