from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.addresses import Address
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


def cure(hashes: list[bytes], *, by: Actor) -> None:
    """The owner of the mailbox confirmed something after it: mail arrives there, and it is theirs (B-54).

    An objection stands: who signs a petition has not asked for mail (C-39).
    """
    _lift(hashes, {SuppressionReason.HARD_BOUNCE, SuppressionReason.NOT_ME})


def lift(hashes: list[bytes], *, by: Actor) -> None:
    """Its owner asked for mailings after it; only a complaint outlasts that (B-54)."""
    _lift(hashes, set(SuppressionReason) - {SuppressionReason.COMPLAINT})


def _lift(hashes: list[bytes], reasons: Collection[SuppressionReason]) -> None:
    standing = Suppression.address_hash.in_(hashes) & Suppression.lifted_at.is_(None)
    db.session.execute(
        update(Suppression).where(standing, Suppression.reason.in_(reasons)).values(lifted_at=clock.now())
    )


def rehash(address: Address, *, by: Actor) -> None:
    """While keys rotate: a suppression of this address under an older key is one under the newest."""
    older = [one for one in address.hashes if one != address.hash]
    if not older:
        return
    known = select(Suppression.id).where(Suppression.address_hash == address.hash)
    if db.session.scalars(known).first() is None:
        newest_of_older = select(Suppression.id).where(Suppression.address_hash.in_(older)).limit(1)
        db.session.execute(
            update(Suppression)
            .where(Suppression.id.in_(newest_of_older.scalar_subquery()))
            .values(address_hash=address.hash)
        )
