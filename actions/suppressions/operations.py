from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.suppressions.models import Suppression, SuppressionReason


def suppress(email_hash: bytes, reason: SuppressionReason, *, by: Actor) -> None:
    """From here on no mailing goes to this address, also after its person is erased (C-39). Twice is once."""
    row = {"address_hash": email_hash, "reason": reason, "created_at": clock.now(), "lifted_at": None}
    again = {"reason": reason, "lifted_at": None, "created_at": clock.now()}
    statement = insert(Suppression).values(row)
    # A complaint is never softened into something that a new confirmation would lift.
    keep = Suppression.reason != SuppressionReason.COMPLAINT
    db.session.execute(statement.on_conflict_do_update(index_elements=["address_hash"], set_=again, where=keep))


def lift(hashes: list[bytes], *, by: Actor) -> None:
    """The owner of the mailbox confirmed something after it: the address is cured, unless it complained (B-54)."""
    db.session.execute(
        update(Suppression)
        .where(
            Suppression.address_hash.in_(hashes),
            Suppression.lifted_at.is_(None),
            Suppression.reason != SuppressionReason.COMPLAINT,
        )
        .values(lifted_at=clock.now())
    )
