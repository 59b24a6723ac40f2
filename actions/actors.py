"""Who does it: every operation is told."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    VISITOR = "visitor"
    SUPPORTER = "supporter"
    STAFF = "staff"
    WORKER = "worker"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Actor:
    """`id` is the supporter's or staff member's; nobody else has one."""

    role: Role
    id: int | None = None

    @property
    def staff_id(self) -> int | None:
        """For the column that says which member of staff it was."""
        return self.id if self.role is Role.STAFF else None


# Somebody at a public form whose mailbox is not proven yet.
VISITOR = Actor(Role.VISITOR)
WORKER = Actor(Role.WORKER)
OPERATOR = Actor(Role.OPERATOR)


def supporter(supporter_id: int) -> Actor:
    """The owner of a proven mailbox."""
    return Actor(Role.SUPPORTER, supporter_id)
