from collections.abc import Iterable

from sqlalchemy import BigInteger, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from actions import clock
from actions.actors import Actor
from actions.extensions import db, is_one_of
from actions.staff.audit import note
from actions.supporters.models import Supporter, SupporterState
from actions.tags import queries
from actions.tags.models import Tag, Tagging
from actions.tags.naming import MOST_OF_ONE, MOST_TAGS, NotATag, clean_tag, key_of
from actions.tags.queries import vocabulary

# Names are sealed, so no index can keep two alike apart: whoever adds or renames one waits for the others.
_LOCK = 0x7A6


class NameTaken(Exception):
    """Another tag has this name; to rename all the same is to put the two together."""

    def __init__(self, other: Tag) -> None:
        super().__init__(other.id)
        self.other = other


def find_or_add(names: Iterable[str], *, by: Actor) -> dict[str, int]:
    """Key of each name -> the tag's id. What would be more than MOST_TAGS is left out."""
    wanted = {key_of(name): name for name in names}
    known = _known()
    if wanted.keys() <= known.keys():
        return {key: known[key] for key in wanted}
    _wait_for_others()
    known = _known()
    for key in wanted.keys() - known.keys():
        if len(known) >= MOST_TAGS:
            break
        made = Tag(name=wanted[key], created_at=clock.now())
        db.session.add(made)
        known[key] = made.id
    db.session.flush()
    return {key: known[key] for key in wanted.keys() & known.keys()}


def find_or_make(typed: str, *, by: Actor) -> int:
    """The tag's id. Raises NotATag."""
    found = find_or_add([clean_tag(typed)], by=by)
    if not found:
        raise NotATag(f"There are {MOST_TAGS} tags already. Use one of them, or remove some.")
    return next(iter(found.values()))


def give(person: Supporter, typed: str, *, by: Actor) -> None:
    """Raises NotATag."""
    name = clean_tag(typed)
    here = db.session.get_one(Supporter, person.id, with_for_update=True, populate_existing=True)
    if here.state is SupporterState.ERASED:
        raise NotATag("This person was erased meanwhile.")
    if len(queries.tags_of(here.id)) >= MOST_OF_ONE:
        raise NotATag(f"Nobody has more than {MOST_OF_ONE} tags at once. Take one off first.")
    tag_id = find_or_make(name, by=by)
    if not set(queries.family_of(tag_id)) & set(_carried(here)):
        give_many([(here.id, tag_id)], by=by)
        note("gave a person a tag", by=by, about=_about(here), after={"tag": tag_id})


def give_many(pairs: Iterable[tuple[int, int]], *, by: Actor) -> None:
    """(supporter id, tag id) of each, in one statement; what stands there already stays."""
    people, tags = zip(*dict.fromkeys(pairs), strict=True)
    given = (func.unnest(literal(list(ids), ARRAY(BigInteger))) for ids in (people, tags))
    rows = select(*given, literal(clock.now(), Tagging.added_at.type))
    statement = insert(Tagging).from_select(["supporter_id", "tag_id", "added_at"], rows)
    db.session.execute(statement.on_conflict_do_nothing())


def take_off(person: Supporter, tag: Tag, *, by: Actor) -> None:
    carried = Tagging.supporter_id == person.id, is_one_of(Tagging.tag_id, queries.family_of(tag.id))
    db.session.execute(delete(Tagging).where(*carried))
    note("took a tag off a person", by=by, about=_about(person), after={"tag": tag.id})


def erase_of(person: Supporter, *, by: Actor) -> None:
    db.session.execute(delete(Tagging).where(Tagging.supporter_id == person.id))


def rename(tag: Tag, typed: str, *, together: bool = False, by: Actor) -> None:
    """To the name of another tag it is that tag from now on, if `together`. Raises NotATag and NameTaken."""
    name = clean_tag(typed)
    _wait_for_others()
    words = vocabulary()
    other = words.named(name)
    if other is None or other.id == tag.id:
        tag.name = name
        note("renamed a tag", by=by, about=(Tag.__tablename__, tag.id))
        return
    root = words.root(tag.id)
    if root is not None and root.id == other.id:
        # Pressed twice: it would be put together with itself, and be gone from all screens.
        return
    if not together:
        raise NameTaken(other)
    # Whoever carries either is found under both, so that a list of a million is put together in a moment.
    for tag_id in words.family(tag.id):
        words.of[tag_id].merged_into_id = other.id
    db.session.flush()
    note("put two tags together", by=by, about=(Tag.__tablename__, tag.id), after={"into": other.id})


def take_apart(tag: Tag, *, by: Actor) -> None:
    """A tag of its own again, with those who were given it by this name. Raises NameTaken."""
    _back_under_its_name(tag)
    tag.merged_into_id = None
    note("took two tags apart", by=by, about=(Tag.__tablename__, tag.id))


def remove(tag: Tag, *, by: Actor) -> None:
    """It can be put back for a month; then who carried it is forgotten (see retention)."""
    tag.removed_at = clock.now()
    note("removed a tag", by=by, about=(Tag.__tablename__, tag.id))


def put_back(tag: Tag, *, by: Actor) -> None:
    """Raises NameTaken."""
    _back_under_its_name(tag)
    tag.removed_at = None
    note("put a tag back", by=by, about=(Tag.__tablename__, tag.id))


def _back_under_its_name(tag: Tag) -> None:
    _wait_for_others()
    other = vocabulary().named(tag.name or "")
    if other is not None and other.id != tag.id:
        raise NameTaken(other)


def _known() -> dict[str, int]:
    """Also by the other names that a tag has had, so that a list with the old word brings no new tag."""
    words = vocabulary()
    others = {key_of(one.name or ""): root.id for one, root in words.merged()}
    return others | {key_of(tag.name or ""): tag.id for tag in words.here()}


def _carried(person: Supporter) -> list[int]:
    return list(db.session.scalars(select(Tagging.tag_id).where(Tagging.supporter_id == person.id)))


def _wait_for_others() -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _about(person: Supporter) -> tuple[str, int]:
    return Supporter.__tablename__, person.id
