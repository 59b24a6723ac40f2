"""Words that are being written: each member of staff has a draft of their own, and saving puts them together.

A draft is kept while one types and makes no version. Saving does: what others saved in the meantime is merged in, and
where both changed the same field nothing is saved until a person has looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.actors import Actor
from actions.drafts import operations, queries
from actions.drafts.models import Draft
from actions.drafts.operations import Seen
from actions.drafts.queries import Place
from actions.pages import followers
from actions.pages.locking import lock
from actions.pages.merging import Merged, merge
from actions.pages.models import Page, PageState
from actions.pages.operations import revise_wordings
from actions.pages.queries import wordings
from actions.pages.words import NO_WORDS, PageWords


class WordsMoved(Exception):
    """Somebody saved other words for fields that were changed here too; `theirs` stand now, as version `version`."""

    def __init__(self, merged: Merged, theirs: PageWords, version: int) -> None:
        super().__init__(", ".join(merged.clashes))
        self.merged, self.theirs, self.version = merged, theirs, version


@dataclass(frozen=True)
class Saved:
    """`taken`: fields in which somebody else's newer words were kept; `held`: letters whose writers are asked."""

    taken: tuple[str, ...]
    held: int


def draft_of(page: Page, language: str, staff_id: int) -> Draft | None:
    return queries.draft_of(_place(page, language), staff_id)


def drafts_of_others(page: Page, language: str, staff_id: int) -> Sequence[Draft]:
    """Who else has words in this language that are not saved, the latest first."""
    return queries.drafts_of_others(_place(page, language), staff_id)


def keep_draft(page: Page, language: str, words: PageWords, seen: Seen, *, by: Actor) -> Draft:
    """Keep what was typed so far. Raises DraftMoved."""
    lock(page)
    return operations.keep(_place(page, language), words.to_json(), seen, by=by)


def drop_draft(page: Page, language: str, *, by: Actor) -> None:
    """Go back to the words that stand."""
    operations.drop(_place(page, language), by=by)


def save_words(page: Page, language: str, words: PageWords, *, based_on: int, by: Actor) -> Saved:
    """The next version of the page's words. Raises WordsMoved, and PageNotReady as revise_wordings does.

    `based_on` is the version that the writer saw; what was saved since in other fields stays.
    """
    lock(page)
    theirs = words_in(page, language)
    merged = merge(words_in(page, language, based_on), theirs, words)
    if merged.clashes:
        raise WordsMoved(merged, theirs, page.version)
    is_new = revise_wordings(page, {language: merged.words}, by=by)
    held = 0
    if is_new and page.state is not PageState.DRAFT and dict(theirs.letter) != dict(merged.words.letter):
        held = followers.tell(page, by=by)
    drop_draft(page, language, by=by)
    return Saved(merged.taken, held)


def words_in(page: Page, language: str, version: int | None = None) -> PageWords:
    """As they stand, or stood in `version`; empty where there are none yet."""
    row = wordings(page, version).get(language)
    return NO_WORDS if row is None else PageWords.of(row)


def _place(page: Page, language: str) -> Place:
    return Place(Page.__tablename__, page.id, language)
