from dataclasses import dataclass

from sqlalchemy import delete

from actions import clock
from actions.actors import Actor
from actions.drafts.models import Draft
from actions.drafts.queries import Place, draft_of
from actions.extensions import Json, db


class DraftMoved(Exception):
    """The same person keeps other words from another window; `draft` has those."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"revision {draft.revision}")
        self.draft = draft


@dataclass(frozen=True)
class Seen:
    """What a window shows: the version of what it is about, and which state of the writer's own draft, 0 for none."""

    version: int
    revision: int = 0


def keep(place: Place, words: Json, seen: Seen, *, by: Actor) -> Draft:
    """Keep what was typed so far; the caller has locked what it is about. Raises DraftMoved."""
    staff_id = _staff(by)
    draft = draft_of(place, staff_id)
    if draft is None:
        about = {"about_kind": place.kind, "about_id": place.id, "part": place.part}
        draft = Draft(**about, staff_id=staff_id, revision=seen.revision)
        db.session.add(draft)
    elif draft.revision != seen.revision:
        raise DraftMoved(draft)
    draft.based_on, draft.words, draft.kept_at = seen.version, words, clock.now()
    draft.revision += 1
    db.session.flush()
    return draft


def drop(place: Place, *, by: Actor) -> None:
    """The writer's own: their words are saved, or they go back to those that stand."""
    db.session.execute(delete(Draft).where(place.is_here(), Draft.staff_id == _staff(by)))


def drop_all(kind: str, about_id: int, *, by: Actor) -> None:
    """What they were written for is gone."""
    db.session.execute(delete(Draft).where(Draft.about_kind == kind, Draft.about_id == about_id))


def _staff(by: Actor) -> int:
    if by.staff_id is None:
        raise ValueError("a draft belongs to a member of staff")
    return by.staff_id
