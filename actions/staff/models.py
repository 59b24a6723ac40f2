import secrets
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from flask_security import UserMixin
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from actions.config import settings
from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Base, Id, Json
from actions.staff.roles import StaffRole

WHILE_MEMBER = "while you work here"
RANDOM = "random, names nobody"


def new_uniquifier() -> str:
    return secrets.token_hex(32)


class Staff(UserMixin, Sealed):
    """A person who works at the desk. The columns that Flask-Security reads have its names."""

    __tablename__ = "staff"

    id: Mapped[Id]
    email_sealed: Mapped[bytes | None] = sealed_column("to sign you in and to write to you", WHILE_MEMBER)
    email = EncryptedText("email_sealed")
    email_hash: Mapped[bytes | None] = hashed_column("to find you by your address", WHILE_MEMBER, unique=True)
    name_sealed: Mapped[bytes | None] = sealed_column("to say who did what", WHILE_MEMBER)
    name = EncryptedText("name_sealed")
    role_names: Mapped[list[str]] = plain_column("what a member may do")
    language: Mapped[str] = plain_column("a language code", default="en")
    time_zone: Mapped[str] = plain_column("a name of the IANA database", default="UTC")
    active: Mapped[bool] = mapped_column(default=True)
    # Argon2id; none until the invitation was taken.
    password: Mapped[str | None] = plain_column("a salted hash of a password")
    # Sessions and links name it: a new one ends them all.
    fs_uniquifier: Mapped[str] = plain_column(RANDOM, unique=True, default=new_uniquifier)
    # Names the link to a new password that was mailed last, so that the one before it is worth nothing.
    password_link: Mapped[str | None] = plain_column(RANDOM)
    tf_primary_method: Mapped[str | None] = plain_column("how the second factor is given")
    tf_totp_sealed: Mapped[bytes | None] = sealed_column("your second factor", WHILE_MEMBER)
    tf_totp_secret = EncryptedText("tf_totp_sealed")
    # The last code that was taken, so that none is taken twice (W-06).
    totp_counter: Mapped[int | None]
    # Keyed hashes; each goes with its use.
    mf_recovery_codes: Mapped[list[str]] = plain_column("keyed hashes of random codes", default=list)
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]

    # Flask-Principal asks for them; what a member may do is asked of `may`.
    roles: ClassVar[tuple[()]] = ()
    tf_phone_number: ClassVar[None] = None

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: FBT001  # Flask-Security's own signature
    ) -> tuple[bool, list[tuple[str, str]]]:
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        return settings().staff_second_factor == "required"

    @property
    def held_roles(self) -> Collection[StaffRole]:
        return [role for role in StaffRole if role in self.role_names]

    def may(self, role: StaffRole) -> bool:
        return role is StaffRole.VIEWER or not {role, StaffRole.ADMIN}.isdisjoint(self.role_names)


class StaffSession(Sealed):
    """A browser at the desk. Its cookie holds a secret of which only the hash is here."""

    __tablename__ = "staff_sessions"

    id: Mapped[Id]
    secret_hash: Mapped[bytes] = hashed_column("to know your browser again", "until you sign out", unique=True)
    # None until somebody has signed in with it.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    data_sealed: Mapped[bytes | None] = sealed_column("to keep you signed in", "until you sign out")
    data = EncryptedText("data_sealed")
    browser: Mapped[str] = plain_column("a browser and a system, such as Firefox on Linux")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Who changed what, when; never a person's data. Kept for as long as the installation."""

    __tablename__ = "audit_entries"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    # A number, also of a member who has left.
    staff_id: Mapped[int | None]
    role: Mapped[str] = plain_column("staff, operator or worker")
    action: Mapped[str] = plain_column("a verb and a noun")
    about_kind: Mapped[str | None] = plain_column("a table's name")
    about_id: Mapped[int | None]
    before: Mapped[Json] = plain_column("states and settings, nobody's data", default=dict)
    after: Mapped[Json] = plain_column("states and settings, nobody's data", default=dict)


class SecondLook(Base):
    """Something that needs a second member's yes: what exactly, who asked, and what the other said."""

    __tablename__ = "second_looks"
    __table_args__ = (Index("ix_second_looks_about_kind", "about_kind", "about_id"),)

    id: Mapped[Id]
    deed: Mapped[str] = plain_column("a verb and a noun")
    role: Mapped[StaffRole]
    about_kind: Mapped[str] = plain_column("a table's name")
    about_id: Mapped[int]
    # Of all that the yes is for; whatever has changed since has another.
    digest: Mapped[str] = plain_column("a digest of the organisation's own words and rules")
    said: Mapped[str] = plain_column("what is asked, in the organisation's own words")
    number: Mapped[int]
    asked_by: Mapped[int | None]
    asked_at: Mapped[datetime]
    answered_by: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    agreed: Mapped[bool | None]
    # One yes is for one deed.
    used_at: Mapped[datetime | None]
