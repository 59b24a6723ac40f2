from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Personal, Sealed, sealed_column
from actions.extensions import Base, Id

PURPOSE = "to write to you about what you do with us"
UNTIL_TAKEN_OFF = "until the group takes it off you, or you ask for erasure"


class Tag(Sealed):
    """A word. It is sealed, since “witness” beside a person's number says too much: a copied database shows that some
    numbers have something in common, and not what.

    Tags are few, so they are found by opening them all. One that was put together with another stays as its other name.
    """

    __tablename__ = "tags"

    id: Mapped[Id]
    name_sealed: Mapped[bytes] = sealed_column(PURPOSE, "a month after the group removes the tag")
    name = EncryptedText("name_sealed")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Tagging(Base):
    """That somebody carries a tag: two numbers and no word."""

    __tablename__ = "taggings"
    __table_args__ = (UniqueConstraint("tag_id", "supporter_id"),)

    id: Mapped[Id]
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), info={"personal": Personal(PURPOSE, UNTIL_TAKEN_OFF)})
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"), index=True)
    added_at: Mapped[datetime]
