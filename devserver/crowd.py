"""A crowd of made-up supporters on a list, for measuring: written by COPY, encrypted as everyone else is."""

from collections.abc import Iterator

from sqlalchemy import select, text

from actions import clock
from actions.addresses import Address
from actions.encryption import place, ring
from actions.extensions import db
from actions.lists.models import MailingList

SUPPORTERS = """COPY supporters (id, state, email_sealed, email_hash, site_hash, first_name_sealed, last_name_sealed,
    country, language, source, generation, created_at, confirmed_at) FROM STDIN"""
SUBSCRIPTIONS = "COPY subscriptions (list_id, supporter_id, state, joined_at) FROM STDIN"
# Of the most common sites of real lists: a few big ones get most of the mail.
SITES = ("gmail.test", "yahoo.test", "outlook.test", "gmx.test", "free.test")


def gather(size: int, list_slug: str, *, language: str = "en") -> None:
    """`size` active supporters who joined the list; `person-<number>@<site>`. Commits."""
    joined = db.session.scalars(select(MailingList.id).where(MailingList.slug == list_slug)).one()
    first = db.session.scalars(text("SELECT coalesce(max(id), 0) + 1 FROM supporters")).one()
    connection = db.session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the pool gave a connection that has ended")
    sites = [Address("", "", site).site_hash for site in SITES]
    with connection.cursor() as cursor:
        with cursor.copy(SUPPORTERS) as copy:
            for row in _people(first, size, sites, language):
                copy.write_row(row)
        now = clock.now()
        with cursor.copy(SUBSCRIPTIONS) as copy:
            for row_id in range(first, first + size):
                copy.write_row((joined, row_id, "active", now))
        cursor.execute("SELECT setval('supporters_id_seq', %s)", (first + size,))
    db.session.commit()
    db.session.execute(text("ANALYZE supporters, subscriptions"))
    db.session.commit()


def _people(first: int, size: int, sites: list[bytes], language: str) -> Iterator[tuple[object, ...]]:
    now = clock.now()
    for number in range(size):
        row_id, site = first + number, number % len(SITES)
        address = f"person-{number}@{SITES[site]}"
        yield (
            row_id,
            "active",
            ring.seal(address, place("supporters", "email_sealed", row_id)),
            ring.blind_index(address, "email"),
            sites[site],
            ring.seal("Ann", place("supporters", "first_name_sealed", row_id)),
            ring.seal(f"Example {number}", place("supporters", "last_name_sealed", row_id)),
            "DE",
            language,
            "crowd",
            1,
            now,
            now,
        )
