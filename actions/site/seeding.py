"""Made-up people by the million, who signed and were mailed: to see the desk with the numbers of a large group.

Written by a few large statements, as nothing else here is; each value is what the operations would have written. It is
for an empty demonstration alone, and every address is under .test, where no mail can go.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from actions import clock
from actions.actors import Actor
from actions.addresses import site_hashes
from actions.config import settings
from actions.consents.models import ConsentPurpose
from actions.consents.queries import text_for
from actions.encryption import place, ring
from actions.extensions import db
from actions.lists.queries import the_list
from actions.mailings.models import Mailing
from actions.mailings.operations import launch, pause
from actions.mailings.reach import count_reach
from actions.mailings.summing import count_if_due, sum_up
from actions.mailings.writing import begin_alert
from actions.pages.counting import tally
from actions.pages.models import Page, PageState
from actions.pages.operations import open_page
from actions.pages.starting import copy_page
from actions.signatures.models import Signature
from actions.signatures.queries import ACTS
from actions.site.demo import NotADemonstration
from actions.supporters.models import Supporter
from actions.tags.operations import find_or_add

# Of people one after the other.
COUNTRIES = ("DE", "DE", "DE", "US", "US", "FR", "GB", "ES", "KH", "JO")
LANGUAGES = ("en", "en", "en", "en", "ar", "km")
# Of 1009 signers: a number by which nothing else here is dealt out.
COMMENTING = 50
SITES = 997
TABLES = (
    "supporters",
    "subscriptions",
    "taggings",
    "consents",
    "signatures",
    "deliveries",
    "mailings",
    "mailing_counts",
    "page_counts",
)
COLUMNS = (
    "id, state, email_sealed, email_hash, site_hash, first_name_sealed, last_name_sealed, country, language, source,"
    " generation, created_at, confirmed_at, last_active_at"
)


@dataclass(frozen=True)
class Size:
    people: int
    signatures: int
    deliveries: int
    pages: int
    mailings: int


SIZES = {
    "small": Size(1_000, 2_000, 10_000, 5, 5),
    "medium": Size(100_000, 200_000, 1_000_000, 20, 20),
    "large": Size(1_000_000, 2_000_000, 10_000_000, 20, 20),
}


class NotEmpty(Exception):
    """Somebody here has confirmed an address already, who may be real."""


def seed(size: Size, *, by: Actor) -> None:
    """Raises NotADemonstration and NotEmpty."""
    if not settings().smtp_is_loopback:
        raise NotADemonstration
    if db.session.scalar(select(Supporter.id).where(Supporter.confirmed_at.is_not(None)).limit(1)) is not None:
        raise NotEmpty
    first = _people(size.people)
    _subscriptions(first)
    _tags(first, by=by)
    pages = _pages(size.pages, by=by)
    _signatures(size, first, pages)
    _comments(first)
    _mailings(size, first, pages)
    tally(ACTS)
    _under_way(pages, by=by)
    for table in TABLES:
        db.session.execute(text(f"ANALYZE {table}"))  # our own table's name


def _people(number: int) -> int:
    """The id of the first; the others follow it."""
    now, first = clock.now(), _take_ids("supporters", number)
    sites = [site_hashes(f"site-{site}.test")[0] for site in range(SITES)]
    cursor: Any = db.session.connection().connection.cursor()
    with cursor.copy(f"COPY supporters ({COLUMNS}) FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "varchar", *["bytea"] * 5, "text", "text", "text", "int8", *["timestamptz"] * 3])
        for at in range(number):
            row_id, joined = first + at, now - timedelta(minutes=at * 701 % 1_000_000)
            email = f"person-{at}@site-{at % SITES}.test"
            values = {"email": email, "first_name": f"Ann {at % 1000}", "last_name": "Example"}
            sealed = {
                name: ring.seal(said, place("supporters", f"{name}_sealed", row_id)) for name, said in values.items()
            }
            copy.write_row(
                (
                    row_id,
                    "active",
                    sealed["email"],
                    ring.blind_index(email, "email"),
                    sites[at % SITES],
                    sealed["first_name"],
                    sealed["last_name"],
                    COUNTRIES[at % 10],
                    LANGUAGES[at % 6],
                    "join",
                    1,
                    joined,
                    joined,
                    joined if at % 3 else None,
                )
            )
    return first


def _take_ids(table: str, number: int) -> int:
    """The first of as many ids in a row."""
    taken = text("SELECT setval(:sequence, nextval(:sequence) + :more)")
    last = db.session.execute(taken, {"sequence": f"{table}_id_seq", "more": number - 1}).scalar_one()
    return int(last) - number + 1


def _subscriptions(first: int) -> None:
    values = {"first": first, "list": the_list().id, "text": text_for(ConsentPurpose.LIST, "en").id}
    db.session.execute(
        text(
            "INSERT INTO subscriptions (list_id, supporter_id, state, joined_at)"
            " SELECT :list, id, 'active', created_at FROM supporters WHERE id >= :first"
        ),
        values,
    )
    db.session.execute(
        text(
            "INSERT INTO consents (supporter_id, event, purpose, text_id, list_id, channel, requested_at, confirmed_at)"
            " SELECT id, 'given', 'list', :text, :list, 'join', created_at, created_at FROM supporters"
            " WHERE id >= :first"
        ),
        values,
    )


def _tags(first: int, *, by: Actor) -> None:
    """One that many carry, one that some do, and thirty that few do."""
    shares = {"volunteer": 3, "donor": 20, **{f"group {number}": 1_000 + number for number in range(30)}}
    for name, tag_id in find_or_add(shares, by=by).items():
        db.session.execute(
            text(
                "INSERT INTO taggings (tag_id, supporter_id, added_at)"
                " SELECT :tag, id, created_at FROM supporters WHERE id >= :first AND id % :share = 0"
            ),
            {"tag": tag_id, "first": first, "share": shares[name]},
        )


def _pages(number: int, *, by: Actor) -> list[int]:
    """As many open ones, copied from the demonstration's."""
    there = list(db.session.scalars(select(Page).where(Page.state == PageState.OPEN).order_by(Page.id)))
    for at in range(number - len(there)):
        page = copy_page(there[0], f"Made-up page {at + 1}", by=by)
        open_page(page, by=by)
        there.append(page)
    db.session.flush()
    return [page.id for page in there[:number]]


def _signatures(size: Size, first: int, pages: list[int]) -> None:
    """As many for each person, under pages of their own choice; half of them in the first week of a page."""
    db.session.execute(
        text(
            "INSERT INTO signatures (page_id, supporter_id, state, page_version, language, country, show_name, ticked,"
            " content_hash, tallied, created_at, counted_at)"
            " SELECT (CAST(:pages AS bigint[]))[1 + (person.id + turn * 7) % :number], person.id, 'counted', 1,"
            " person.language, person.country, 'hidden', '[]', sha256(CAST(person.id::text AS bytea)), false,"
            " at.moment, at.moment"
            " FROM supporters person, generate_series(0, :turns - 1) turn,"
            " LATERAL (SELECT CAST(:now AS timestamptz)"
            " - ((person.id * 7919 + turn * 104729) % 86400) * interval '1 minute' AS moment) at"
            " WHERE person.id >= :first"
        ),
        {
            "pages": pages,
            "number": len(pages),
            "turns": size.signatures // size.people,
            "now": clock.now(),
            "first": first,
        },
    )


def _comments(first: int) -> None:
    """Of one signer in twenty, not read yet."""
    wanted = select(Signature.id).where(Signature.supporter_id >= first, Signature.id * 7919 % 1009 < COMMENTING)
    ids = list(db.session.scalars(wanted))
    sealed = [ring.seal("Let her go home.", place("signatures", "comment_sealed", row_id)) for row_id in ids]
    written = text(
        "UPDATE signatures SET comment_sealed = given.sealed"
        " FROM unnest(CAST(:ids AS bigint[]), CAST(:sealed AS bytea[])) AS given(id, sealed)"
        " WHERE signatures.id = given.id"
    )
    db.session.execute(written, {"ids": ids, "sealed": sealed})


def _mailings(size: Size, first: int, pages: list[int]) -> None:
    """Each sent to the same share of all people; of each hundred, two were refused and one wanted no mail any more."""
    each = size.deliveries // size.mailings
    for at in range(size.mailings):
        moment = clock.now() - timedelta(days=30 * (size.mailings - at))
        mailing_id = db.session.execute(
            text(
                "INSERT INTO mailings (version, kind, state, key, list_id, page_id, rule, discreet, audience,"
                " created_at, launched_at, ended_at)"
                " VALUES (1, 'alert', 'sent', :key, :list, :page,"
                " jsonb_build_object('every', jsonb_build_array()), false, :each, :moment, :moment,"
                " CAST(:moment AS timestamptz) + interval '10 minutes') RETURNING id"
            ),
            {
                "key": f"seed-{secrets.token_hex(4)}",
                "list": the_list().id,
                "page": pages[at % len(pages)],
                "each": each,
                "moment": moment,
            },
        ).scalar_one()
        db.session.execute(
            text(
                "INSERT INTO mailing_texts (mailing_id, version, language, subject, preheader, blocks)"
                " VALUES (:id, 1, 'en', :subject, '', '[]')"
            ),
            {"id": mailing_id, "subject": f"Made-up alert {at + 1}"},
        )
        db.session.execute(
            text(
                "INSERT INTO deliveries (lane, kind, state, language, variant, supporter_id, mailing_id, queued_at,"
                " due_at, give_up_at, attempts, fence, ended_at)"
                " SELECT 'bulk', 'alert', CASE WHEN id % 100 < 2 THEN 'failed' WHEN id % 100 = 2 THEN 'suppressed'"
                " ELSE 'sent' END, language, '', id, :mailing, :moment, :moment, :moment, 1, 1,"
                " CAST(:moment AS timestamptz) + (id % 600) * interval '1 second'"
                " FROM supporters WHERE id >= :first ORDER BY (id + :at * 524287) % :people, id LIMIT :each"
            ),
            {
                "mailing": mailing_id,
                "moment": moment,
                "first": first,
                "at": at,
                "people": size.people,
                "each": each,
            },
        )
        acted = text("UPDATE signatures SET mailing_id = :mailing WHERE page_id = :page AND id * 7919 % 1009 < 100")
        db.session.execute(acted, {"mailing": mailing_id, "page": pages[at % len(pages)]})
        sum_up(db.session.get_one(Mailing, mailing_id))


def _under_way(pages: list[int], *, by: Actor) -> None:
    """One to the whole list that stands still half-way, so that no worker sends it, and a draft of the same."""
    page = db.session.get_one(Page, pages[0])
    draft, mailing = (begin_alert(page, the_list(), by=by) for _ in range(2))
    count_reach(draft)
    launch(mailing, by=by)
    pause(mailing, by=by)
    db.session.execute(
        text(
            "UPDATE deliveries SET attempts = 1, fence = 1, state = CASE WHEN id % 100 < 2 THEN 'failed'"
            " WHEN id % 100 = 2 THEN 'suppressed' WHEN id % 100 = 3 THEN 'deferred' ELSE 'sent' END,"
            " reply_code = CASE WHEN id % 100 < 2 THEN 550 WHEN id % 100 = 3 THEN 451 ELSE 250 END,"
            " reply_status = CASE WHEN id % 100 < 2 THEN '5.1.1' WHEN id % 100 = 3 THEN '4.7.1' END,"
            " ended_at = CASE WHEN id % 100 <> 3 THEN queued_at - (id % 9000) * interval '1 second' END,"
            " due_at = queued_at + interval '1 hour'"
            " WHERE mailing_id = :mailing AND id % 10 < 6"
        ),
        {"mailing": mailing.id},
    )
    count_if_due(mailing)
