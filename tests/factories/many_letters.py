"""More letters than could be written one by one: by COPY, each sealed and confirmed as every other."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select, text

from actions import clock
from actions.config import settings
from actions.encryption import place, ring
from actions.extensions import db
from actions.letters import content
from actions.letters.content import Way
from actions.letters.models import LetterState, NameShown
from actions.lists.queries import the_list
from actions.pages.models import Page
from actions.supporters.models import Supporter
from actions.targets.models import Target
from devserver.crowd import gather
from tests.factories.letters import make_wish

LETTERS = """COPY letters (id, page_id, target_id, supporter_id, state, page_version, language, country, name_shown,
    first_name_sealed, last_name_sealed, words_sealed, ticked, content_hash, tallied, untold, bundled, created_at,
    confirmed_at, release_at) FROM STDIN"""


def make_ready_letters(page: Page, targets: Sequence[Target], number: int) -> None:
    """`number` letters that may go now, as many to each of the `targets`; no writer has more than go in a day."""
    each = min(len(targets), settings().writer_letters_a_day)
    gather(-(-number // each), the_list().slug)
    writers = db.session.scalars(select(Supporter.id).order_by(Supporter.id.desc()).limit(-(-number // each))).all()
    ways = [Way(page.id, targets[one % len(targets)].id, writers[one // each]) for one in range(number)]
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    first = db.session.scalars(text("SELECT coalesce(max(id), 0) + 1 FROM letters")).one()
    with connection.cursor() as cursor:
        with cursor.copy(LETTERS) as copy:
            for row in _letters(ways, first):
                copy.write_row(row)
        cursor.execute("SELECT setval('letters_id_seq', %s)", (first + number,))
    db.session.commit()
    db.session.execute(text("ANALYZE letters"))
    db.session.commit()


def _letters(ways: Sequence[Way], first: int) -> Iterator[tuple[object, ...]]:
    wish, now = make_wish(), clock.now()
    values = {"first_name": wish.first_name, "last_name": wish.last_name, "words": wish.words.to_json()}
    for row_id, way in enumerate(ways, first):
        sealed = [ring.seal(value, place("letters", f"{name}_sealed", row_id)) for name, value in values.items()]
        yield (
            *(row_id, way.page_id, way.target_id, way.supporter_id, LetterState.READY.value, 1),
            *(wish.language, wish.country, NameShown.FULL.value, *sealed, "[]"),
            *(content.hashes(wish, way)[0], False, False, False, now, now, now),
        )
