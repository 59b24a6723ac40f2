from datetime import datetime

from sqlalchemy.orm import Mapped

from actions.encryption import plain_column
from actions.extensions import Base, Id


class Picture(Base):
    """A picture as we re-encoded it; its file lies in MEDIA_DIR under its digest."""

    __tablename__ = "pictures"

    id: Mapped[Id]
    name: Mapped[str] = plain_column("a campaigner's name for a picture", unique=True)
    digest: Mapped[str] = plain_column("SHA-256 of the file as we wrote it")
    content_type: Mapped[str] = plain_column("image/webp or image/jpeg")
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]
