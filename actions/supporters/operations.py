from collections.abc import Sequence

from sqlalchemy import func

from actions import clock
from actions.actors import Actor
from actions.addresses import Address
from actions.encryption import draw_ids, insert_or_find
from actions.extensions import db
from actions.supporters import queries
from actions.supporters.models import Supporter, SupporterState

# What an erased supporter keeps: the id, the state, and moments; nothing that says who it was.
ERASED_FIELDS = ("email_sealed", "email_hash", "site_hash", "first_name_sealed", "last_name_sealed", "country")


def find_or_add(address: Address, *, language: str, source: str, acts: Sequence[str] = (), by: Actor) -> Supporter:
    """The supporter with this address; a new one holds the address alone until its mailbox is proven.

    Safe when many ask at the same moment: the address is locked until the transaction ends. `acts` names tables of
    which a row follows: their ids are taken by the same statement.
    """
    lock = int.from_bytes(address.hash[:8], "big", signed=True)
    draw_ids(Supporter.__tablename__, *acts, also=func.pg_advisory_xact_lock(lock))
    # While keys rotate, somebody known under an older key must not be added under the newest.
    known = queries.with_address(address) if len(address.hashes) > 1 else None
    return insert_or_find(
        Supporter(
            state=SupporterState.UNCONFIRMED,
            email=address.original,
            email_hash=known.email_hash if known else address.hash,
            site_hash=address.site_hash,
            language=language,
            source=source,
            generation=1,
            created_at=clock.now(),
        ),
        ("email_hash",),
    )


def prove_mailbox(
    supporter: Supporter,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    country: str | None = None,
    language: str | None = None,
    by: Actor,
) -> None:
    """Its owner confirmed: what was typed becomes the supporter's, and mailings may follow."""
    supporter.state = SupporterState.ACTIVE
    supporter.confirmed_at = supporter.confirmed_at or clock.now()
    supporter.last_active_at = clock.now()
    supporter.first_name = first_name or supporter.first_name
    supporter.last_name = last_name or supporter.last_name
    supporter.country = country or supporter.country
    supporter.language = language or supporter.language
    db.session.flush()


def forget_links(supporter: Supporter, *, by: Actor) -> None:
    """Every confirmation and data link mailed before is worth nothing from here on (C-04)."""
    supporter.generation += 1
    db.session.flush()


def erase(supporter: Supporter, *, by: Actor) -> None:
    """Empty the row; the id stays so that counts still add up. Other rooms erase what is theirs before this."""
    for field in ERASED_FIELDS:
        setattr(supporter, field, None)
    supporter.state = SupporterState.ERASED
    supporter.source = "erased"
    supporter.erased_at = clock.now()
    forget_links(supporter, by=by)
