from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

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
    # What a block is offered when it takes this picture; empty for one that came with a file of words.
    alt: Mapped[str] = plain_column("the organisation's own words", default="")
    credit: Mapped[str] = plain_column("the credit that is published with it", default="")
    # Where to look, in percent from the left and from the top: what stays when a card cuts the picture.
    focus_x: Mapped[int] = mapped_column(default=50)
    focus_y: Mapped[int] = mapped_column(default=50)
    created_at: Mapped[datetime]
