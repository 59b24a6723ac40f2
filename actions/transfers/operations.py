"""Bring in people who said yes somewhere else, in bulk: a few statements, however many rows (C-42)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import BigInteger, ColumnElement, LargeBinary, any_, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from actions import clock
from actions.actors import Actor
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose
from actions.encryption import place, ring
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.organisation.queries import the_organisation
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.models import Suppression
from actions.tags import operations as tags
from actions.tags.naming import MOST_TAGS, key_of
from actions.transfers.people import Person, Refusal
from actions.transfers.rows import insert_rows, next_ids

log = structlog.get_logger()


@dataclass
class Imported:
    """`joined` may be mailed from now on; `waiting` came without a date of consent and are not."""

    joined: int = 0
    waiting: int = 0
    known: int = 0
    merged: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """Somebody who was here before."""

    id: int
    state: SupporterState
    subscription: SubscriptionState | None


def import_people(
    people: Iterable[Person], joined: MailingList, *, evidence: str, tag_id: int | None = None, by: Actor
) -> Imported:
    """Onto the list, with the consent on record as `import: <evidence>`, and each with the tag beside their own.

    A suppressed address and one whose owner left this list are refused, whatever the file says. What an active
    supporter told us is never overwritten; tags, which are our own words, are added to theirs. Rows of one address are
    one person.
    """
    outcome = Imported()
    wanted = _refuse_suppressed(_merged(people, outcome), outcome)
    known = _known(wanted, joined)
    wanted = _refuse_who_left(wanted, known, outcome)
    tag_ids, wanted = _tags_of(wanted, outcome, by=by)
    ids = {person.address.canonical: known[person.address.canonical].id for person in wanted if _is_in(person, known)}
    ids |= _add([person for person in wanted if not _is_in(person, known)], evidence, outcome)
    here = [person for person in wanted if person.address.canonical in ids]
    _activate([ids[person.address.canonical] for person in here if person.consented_at and _is_in(person, known)])
    _subscribe(here, ids, known, joined, evidence=evidence, outcome=outcome)
    tagged = [(ids[person.address.canonical], tag_ids[key_of(tag)]) for person in here for tag in person.tags]
    tagged += [(ids[person.address.canonical], tag_id) for person in here if tag_id is not None]
    if tagged:
        tags.give_many(tagged, by=by)
    db.session.flush()
    log.info("imported", list=joined.slug, joined=outcome.joined, refused=len(outcome.refused), by=by.role.value)
    return outcome


def _is_in(person: Person, known: dict[str, Known]) -> bool:
    return person.address.canonical in known


def _merged(people: Iterable[Person], outcome: Imported) -> list[Person]:
    """The first row of an address counts; a later one fills what it left empty."""
    merged: dict[str, Person] = {}
    for person in people:
        first = merged.get(person.address.canonical)
        if first is None:
            merged[person.address.canonical] = person
            continue
        outcome.merged += 1
        gaps = ("first_name", "last_name", "country", "language", "consented_at")
        found = {name: getattr(first, name) or getattr(person, name) for name in gaps}
        every = {key_of(tag): tag for tag in (*person.tags, *first.tags)}
        merged[person.address.canonical] = replace(first, **found, tags=tuple(every.values()))
    return list(merged.values())


def _refuse_suppressed(people: Sequence[Person], outcome: Imported) -> list[Person]:
    """Before anything else, and an import never lifts it (B-57, C-39)."""
    hashes = _hashes(people)
    wanted = select(Suppression.address_hash).where(
        Suppression.address_hash == _any(hashes, LargeBinary), Suppression.lifted_at.is_(None)
    )
    suppressed = {hashes[found] for found in db.session.scalars(wanted)}
    return _without(people, suppressed, "this address wants no mail", outcome)


def _refuse_who_left(people: Sequence[Person], known: dict[str, Known], outcome: Imported) -> list[Person]:
    left = {address for address, who in known.items() if who.subscription is SubscriptionState.LEFT}
    return _without(people, left, "this person left the list and can only come back by themselves", outcome)


def _tags_of(people: Sequence[Person], outcome: Imported, *, by: Actor) -> tuple[dict[str, int], list[Person]]:
    """Key of each tag -> its id, new ones made; and those whose tags are all among them."""
    ids = tags.find_or_add((tag for person in people for tag in person.tags), by=by)
    beyond = {person.address.canonical for person in people if not {key_of(tag) for tag in person.tags} <= ids.keys()}
    return ids, _without(people, beyond, f"tags: there are {MOST_TAGS} tags already, and this is a new one", outcome)


def _without(people: Sequence[Person], refused: set[str], reason: str, outcome: Imported) -> list[Person]:
    outcome.refused += [Refusal(person.row, reason) for person in people if person.address.canonical in refused]
    return [person for person in people if person.address.canonical not in refused]


def _known(people: Sequence[Person], joined: MailingList) -> dict[str, Known]:
    """By canonical address."""
    hashes = _hashes(people)
    here = (
        select(Supporter.email_hash, Supporter.id, Supporter.state, Subscription.state)
        .outerjoin(Subscription, (Subscription.supporter_id == Supporter.id) & (Subscription.list_id == joined.id))
        .where(Supporter.email_hash == _any(hashes, LargeBinary))
    )
    return {hashes[bytes(row[0] or b"")]: Known(*row[1:]) for row in db.session.execute(here)}


def _hashes(people: Sequence[Person]) -> dict[bytes, str]:
    """Under every key of the ring -> canonical address."""
    return {found: person.address.canonical for person in people for found in person.address.hashes}


def _any(values: Iterable[object], kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """One parameter, however many values; PostgreSQL takes no more than 65,535 apart."""
    return any_(literal(list(values), ARRAY(kind)))


def _add(people: Sequence[Person], evidence: str, outcome: Imported) -> dict[str, int]:
    """Canonical address -> id of each new supporter. One that joined in this very moment is left for the next run."""
    if not people:
        return {}
    language, ids = the_organisation().default_language, next_ids("supporters", len(people))
    now = clock.now()
    rows = [_row(row_id, person, language, now) for row_id, person in zip(ids, people, strict=True)]
    statement = insert_rows(Supporter, rows, {"source": f"import: {evidence}", "created_at": now})
    alone = statement.on_conflict_do_nothing(index_elements=["email_hash"]).returning(Supporter.id)
    added = set(db.session.scalars(alone))
    late = [person for row_id, person in zip(ids, people, strict=True) if row_id not in added]
    outcome.refused += [Refusal(person.row, "this person joined just now; import it again") for person in late]
    return {person.address.canonical: row_id for row_id, person in zip(ids, people, strict=True) if row_id in added}


def _row(row_id: int, person: Person, language: str, now: datetime) -> dict[str, Any]:
    """With a consent on record somebody is active from the start."""
    values = {"email": person.address.original, "first_name": person.first_name, "last_name": person.last_name}
    sealed = {
        f"{name}_sealed": ring.seal(text, place("supporters", f"{name}_sealed", row_id)) if text else None
        for name, text in values.items()
    }
    return {
        "id": row_id,
        **sealed,
        "email_hash": person.address.hash,
        "site_hash": person.address.site_hash,
        "country": person.country,
        "language": person.language or language,
        "state": SupporterState.ACTIVE if person.consented_at else SupporterState.UNCONFIRMED,
        "confirmed_at": now if person.consented_at else None,
    }


def _activate(ids: Sequence[int]) -> None:
    """Who was here, unconfirmed, and whose consent is on record now; an active supporter stays as they are."""
    if not ids:
        return
    db.session.execute(
        update(Supporter)
        .where(Supporter.id == _any(ids, BigInteger), Supporter.state == SupporterState.UNCONFIRMED)
        .values(state=SupporterState.ACTIVE, confirmed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _subscribe(
    people: Sequence[Person],
    ids: dict[str, int],
    known: dict[str, Known],
    joined: MailingList,
    *,
    evidence: str,
    outcome: Imported,
) -> None:
    new = [person for person in people if not _is_on(known.get(person.address.canonical))]
    outcome.known = len(people) - len(new)
    agreed = [person for person in new if person.consented_at]
    outcome.joined, outcome.waiting = len(agreed), len(new) - len(agreed)
    if not new:
        return
    now = clock.now()
    rows = [_subscription(ids[person.address.canonical], person, now) for person in new]
    statement = insert_rows(Subscription, rows, {"list_id": joined.id})
    taken = {name: statement.excluded[name] for name in ("state", "joined_at")}
    again = statement.on_conflict_do_update(
        index_elements=["list_id", "supporter_id"], set_=taken, where=Subscription.state == SubscriptionState.PENDING
    )
    db.session.execute(again)
    if agreed:
        consents = [_consent(ids[person.address.canonical], person) for person in agreed]
        db.session.execute(insert_rows(Consent, consents, _given(joined, evidence)))


def _is_on(known: Known | None) -> bool:
    return known is not None and known.subscription is SubscriptionState.ACTIVE


def _subscription(supporter_id: int, person: Person, now: datetime) -> dict[str, Any]:
    state = SubscriptionState.ACTIVE if person.consented_at else SubscriptionState.PENDING
    return {"supporter_id": supporter_id, "state": state, "joined_at": now if person.consented_at else None}


def _consent(supporter_id: int, person: Person) -> dict[str, Any]:
    return {"supporter_id": supporter_id, "requested_at": person.consented_at}


def _given(joined: MailingList, evidence: str) -> dict[str, object]:
    """The words they agreed to stand with the evidence, not with us: so there is no text of ours."""
    return {
        "event": ConsentEvent.GIVEN,
        "purpose": ConsentPurpose.LIST,
        "list_id": joined.id,
        "channel": f"import: {evidence}",
        "confirmed_at": clock.now(),
    }
