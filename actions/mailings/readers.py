"""Who a mailing's copies go to: read many at a time, and opened no further than the words ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from actions.extensions import db, is_one_of
from actions.supporters.models import Supporter


@dataclass(eq=False)
class Reader:
    """A supporter's columns as they lie in the database; each property opens one. Raises CannotDecrypt."""

    id: int
    country: str | None
    email_sealed: bytes | None
    first_name_sealed: bytes | None
    last_name_sealed: bytes | None

    @property
    def email(self) -> str | None:
        return Supporter.email.open(self.email_sealed, self.id)

    @cached_property
    def first_name(self) -> str:
        return Supporter.first_name.open(self.first_name_sealed, self.id) or ""

    @property
    def full_name(self) -> str:
        last_name = Supporter.last_name.open(self.last_name_sealed, self.id)
        return " ".join(part for part in (self.first_name, last_name) if part)


COLUMNS = tuple(getattr(Supporter, name) for name in Reader.__dataclass_fields__)


def readers_of(supporter_ids: Iterable[int | None]) -> dict[int, Reader]:
    found = db.session.execute(select(*COLUMNS).where(is_one_of(Supporter.id, {key for key in supporter_ids if key})))
    return {row[0]: Reader(*row) for row in found}
