from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, true

from actions import clock
from actions.extensions import db, is_one_of
from actions.tags.models import Tag, Tagging
from actions.tags.naming import key_of

# A screen must not read a million rows to say how many there are.
MOST_COUNTED = 10_000
# So long a removed tag can be put back.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Vocabulary:
    """All tags there are, opened once; `of` is by id."""

    of: Mapping[int, Tag]

    def root(self, tag_id: int) -> Tag | None:
        """The tag that one goes by now; None where it was forgotten."""
        found = self.of.get(tag_id)
        return self.of.get(found.merged_into_id) if found and found.merged_into_id else found

    def family(self, tag_id: int) -> list[int]:
        """The ids under which people carry it."""
        root = self.root(tag_id)
        return [one.id for one in self.of.values() if root and root.id in {one.id, one.merged_into_id}]

    def here(self) -> list[Tag]:
        """Those to choose from, in the order of their names."""
        return self._sorted(one for one in self.of.values() if one.merged_into_id is None and one.removed_at is None)

    def removed(self) -> list[Tag]:
        since = clock.now() - KEPT
        return self._sorted(one for one in self.of.values() if one.removed_at is not None and one.removed_at > since)

    def merged(self) -> list[tuple[Tag, Tag]]:
        """(another name, what it goes by now), where that is here."""
        pairs = [(one, self.of[one.merged_into_id]) for one in self.of.values() if one.merged_into_id]
        return [(one, root) for one, root in pairs if root.removed_at is None]

    def named(self, name: str) -> Tag | None:
        return next((one for one in self.here() if key_of(one.name or "") == key_of(name)), None)

    @staticmethod
    def _sorted(tags: Iterable[Tag]) -> list[Tag]:
        return sorted(tags, key=lambda one: key_of(one.name or ""))


def vocabulary() -> Vocabulary:
    wanted = select(Tag).order_by(Tag.id).execution_options(populate_existing=True)
    return Vocabulary({tag.id: tag for tag in db.session.scalars(wanted)})


def is_here(tag_id: int) -> bool:
    """Whether there is such a tag to choose, under whatever name."""
    root = vocabulary().root(tag_id)
    return root is not None and root.removed_at is None


def family_of(tag_id: int) -> list[int]:
    """The ids under which people carry a tag, its other names among them."""
    return vocabulary().family(tag_id)


def name_of(tag_id: int) -> str | None:
    root = vocabulary().root(tag_id)
    return root.name if root else None


def tags_of(supporter_id: int) -> list[Tag]:
    """What somebody carries now."""
    carried = select(Tagging.tag_id).where(Tagging.supporter_id == supporter_id)
    words = vocabulary()
    roots = {root.id for tag_id in db.session.scalars(carried) if (root := words.root(tag_id))}
    return [tag for tag in words.here() if tag.id in roots]


def held_about(supporter_id: int) -> Sequence[Tag]:
    """Every tag that stands beside somebody in our books: also what was removed and not forgotten yet."""
    carried = select(Tagging.tag_id).where(Tagging.supporter_id == supporter_id)
    return db.session.scalars(select(Tag).where(Tag.id.in_(carried)).order_by(Tag.id)).all()


def names_of(supporter_ids: Collection[int]) -> dict[int, list[str]]:
    """Supporter id -> the names of their tags."""
    wanted = select(Tagging.supporter_id, Tagging.tag_id).where(is_one_of(Tagging.supporter_id, supporter_ids))
    words, carried = vocabulary(), defaultdict[int, list[int]](list)
    for supporter_id, tag_id in db.session.execute(wanted):
        if root := words.root(tag_id):
            carried[supporter_id].append(root.id)
    here = {tag.id: tag.name or "" for tag in words.here()}
    return {who: [name for tag_id, name in here.items() if tag_id in ids] for who, ids in carried.items()}


def numbers() -> dict[int, int]:
    """Tag id -> how many carry it; MOST_COUNTED stands for as many or more."""
    first = select(Tagging.supporter_id).where(Tagging.tag_id == Tag.id).limit(MOST_COUNTED).lateral()
    root = func.coalesce(Tag.merged_into_id, Tag.id)
    counted = select(root, func.count(first.c.supporter_id.distinct())).join(first, true()).group_by(root)
    return {tag_id: min(number, MOST_COUNTED) for tag_id, number in db.session.execute(counted)}
