from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json


class SubscriptionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"


class MailingList(Base):
    """A newsletter one may join. `label` names it in List-Id: it says nothing and never changes (B-15, P-14)."""

    __tablename__ = "lists"

    id: Mapped[Id]
    slug: Mapped[str] = plain_column("our own name for a list", unique=True)
    label: Mapped[str] = plain_column("our own name for a list", unique=True)
    # language -> {"name", "description"}
    wordings: Mapped[Json] = plain_column("our own words")
    created_at: Mapped[datetime]


class Subscription(Base):
    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("list_id", "supporter_id"),
        Index("ix_subscriptions_active", "list_id", "supporter_id", postgresql_where="state = 'active'"),
    )

    id: Mapped[Id]
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"), index=True)
    state: Mapped[SubscriptionState]
    joined_at: Mapped[datetime | None] = mapped_column(index=True)
    left_at: Mapped[datetime | None]
