"""An update is kept while it is written, as its form was filled in: every language, the outcome and the day."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from actions.actors import Actor
from actions.drafts import operations, queries
from actions.drafts.models import Draft
from actions.drafts.operations import Seen
from actions.drafts.queries import Place
from actions.pages.drafts import words_in
from actions.pages.locking import lock
from actions.pages.models import Page
from actions.pages.queries import standing_words
from actions.site.news_forms import shown

PART = "update"
NOT_WORDS = frozenset({"csrf_token", "do", "version", "revision"})
# More than any update has; a form that says it has a million fields is not kept.
MOST_FIELDS = 5000


def draft_of(page: Page, staff_id: int) -> Draft | None:
    return queries.draft_of(_place(page), staff_id)


def keep(page: Page, typed: Mapping[str, str], seen: Seen, *, by: Actor) -> Draft:
    """Raises DraftMoved."""
    lock(page)
    words = {name: value.replace("\0", "") for name, value in [*typed.items()][:MOST_FIELDS] if name not in NOT_WORDS}
    return operations.keep(_place(page), words, seen, by=by)


def forget(page: Page, *, by: Actor) -> None:
    """It is published, or its writer begins anew."""
    operations.drop(_place(page), by=by)


def rebased(page: Page, words: Mapping[str, str], version: int) -> MultiDict[str, str]:
    """The form as it was filled in over that version: words of the page that were left alone are those that stand."""
    typed: MultiDict[str, str] = MultiDict(words)
    for code, standing in standing_words(page).items():
        before, now = shown(words_in(page, code, version)), shown(standing)
        for name, was in before.items():
            if _same(typed.get(f"{code}-{name}", ""), was):
                typed[f"{code}-{name}"] = now.get(name, "")
    return typed


def _same(one: str, other: str) -> bool:
    """Browsers send a line end as two characters, and forms take off what stands around."""
    return one.replace("\r\n", "\n").strip() == other.strip()


def _place(page: Page) -> Place:
    return Place(Page.__tablename__, page.id, PART)
