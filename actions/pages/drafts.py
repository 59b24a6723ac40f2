"""Words that are being written: each member of staff has a draft of their own, and saving puts them together.

A draft is kept while one types and makes no version. Saving does: what others saved in the meantime is merged in, and
where both changed the same field nothing is saved until a person has looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.pages import followers
from actions.pages.locking import lock
from actions.pages.merging import Merged, merge
from actions.pages.models import Page, PageDraft, PageState
from actions.pages.operations import revise_wordings
from actions.pages.queries import wordings
from actions.pages.words import NO_WORDS, PageWords


class DraftMoved(Exception):
    """The same person keeps other words from another window; `draft` has those."""

    def __init__(self, draft: PageDraft) -> None:
        super().__init__(f"revision {draft.revision}")
        self.draft = draft


class WordsMoved(Exception):
    """Somebody saved other words for fields that were changed here too; `theirs` stand now, as version `version`."""

    def __init__(self, merged: Merged, theirs: PageWords, version: int) -> None:
        super().__init__(", ".join(merged.clashes))
        self.merged, self.theirs, self.version = merged, theirs, version


@dataclass(frozen=True)
class Seen:
    """What a window shows: the page's version, and which state of the writer's own draft, 0 for none."""

    version: int
    revision: int = 0


@dataclass(frozen=True)
class Saved:
    """`taken`: fields in which somebody else's newer words were kept; `held`: letters whose writers are asked."""

    is_new: bool
    taken: tuple[str, ...] = ()
    held: int = 0


def draft_of(page: Page, language: str, staff_id: int) -> PageDraft | None:
    found = select(PageDraft).filter_by(page_id=page.id, language=language, staff_id=staff_id)
    return db.session.scalars(found).one_or_none()


def drafts_of_others(page: Page, language: str, staff_id: int) -> Sequence[PageDraft]:
    """Who else has words in this language that are not saved, the latest first."""
    found = select(PageDraft).where(
        PageDraft.page_id == page.id, PageDraft.language == language, PageDraft.staff_id != staff_id
    )
    return db.session.scalars(found.order_by(PageDraft.kept_at.desc())).all()


def keep_draft(page: Page, language: str, words: PageWords, seen: Seen, *, by: Actor) -> PageDraft:
    """Keep what was typed so far. Raises DraftMoved."""
    lock(page)
    draft = draft_of(page, language, _staff(by))
    if draft is None:
        draft = PageDraft(page_id=page.id, language=language, staff_id=_staff(by), revision=seen.revision)
        db.session.add(draft)
    elif draft.revision != seen.revision:
        raise DraftMoved(draft)
    draft.based_on, draft.words, draft.kept_at = seen.version, words.to_json(), clock.now()
    draft.revision += 1
    db.session.flush()
    return draft


def drop_draft(page: Page, language: str, *, by: Actor) -> None:
    """Go back to the words that stand."""
    db.session.execute(delete(PageDraft).filter_by(page_id=page.id, language=language, staff_id=_staff(by)))


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
    return Saved(is_new, merged.taken, held)


def words_in(page: Page, language: str, version: int | None = None) -> PageWords:
    """As they stand, or stood in `version`; empty where there are none yet."""
    row = wordings(page, version).get(language)
    return NO_WORDS if row is None else PageWords.of(row)


def _staff(by: Actor) -> int:
    if by.id is None:
        raise ValueError("a draft belongs to a member of staff")
    return by.id
