import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.extensions import db
from actions.segments.queries import supporter_ids
from actions.segments.rules import HasTag
from actions.staff.models import AuditEntry
from actions.supporters.models import Supporter, SupporterState
from actions.tags import operations
from actions.tags.models import Tag, Tagging
from actions.tags.naming import NotATag
from actions.tags.operations import NameTaken
from actions.tags.queries import numbers, tags_of, vocabulary
from tests.factories.supporters import make_supporter
from tests.factories.tags import make_tag


def picked(session: Db, tag: Tag) -> set[int]:
    session.commit()
    return set(session.scalars(supporter_ids(HasTag(tag.id))))


def test_a_tag_is_given_once_and_taken_off(app: Flask, session: Db) -> None:
    ann = make_supporter()
    tag = make_tag("volunteer", ann)
    operations.give(ann, " VOLUNTEER ", by=OPERATOR)
    assert [one.name for one in tags_of(ann.id)] == ["volunteer"]
    assert session.query(Tagging).count() == 1
    operations.take_off(ann, tag, by=OPERATOR)
    assert tags_of(ann.id) == []
    noted = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert noted == ["gave a person a tag", "took a tag off a person"]


def test_there_are_only_so_many_tags(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_TAGS", 2)
    monkeypatch.setattr(operations, "MOST_OF_ONE", 1)
    ann = make_supporter()
    assert set(operations.find_or_add(["a", "b"], by=OPERATOR)) == {"a", "b"}
    assert set(operations.find_or_add(["a", "c"], by=OPERATOR)) == {"a"}
    with pytest.raises(NotATag, match="2 tags already"):
        operations.give(ann, "c", by=OPERATOR)
    operations.give(ann, "a", by=OPERATOR)
    with pytest.raises(NotATag, match="at once"):
        operations.give(ann, "b", by=OPERATOR)


def test_renamed_to_another_it_is_that_one_and_can_be_taken_apart(app: Flask, session: Db) -> None:
    ann, bea, cem = (make_supporter(f"{name}@example.org") for name in ("ann", "bea", "cem"))
    old, new = make_tag("helper", ann, cem), make_tag("volunteer", bea, cem)
    with pytest.raises(NameTaken):
        operations.rename(old, "Volunteer", by=OPERATOR)
    operations.rename(old, "Volunteer", together=True, by=OPERATOR)
    assert picked(session, old) == picked(session, new) == {ann.id, bea.id, cem.id}
    assert numbers() == {new.id: 3}
    assert [tag.name for tag in tags_of(ann.id)] == ["volunteer"]
    assert operations.find_or_add(["helper"], by=OPERATOR) == {"helper": new.id}
    operations.take_off(cem, new, by=OPERATOR)
    operations.take_apart(old, by=OPERATOR)
    assert picked(session, old) == {ann.id}
    assert picked(session, new) == {bea.id}


def test_put_together_twice_all_go_by_the_last_name(app: Flask, session: Db) -> None:
    ann = make_supporter()
    first, second, third = make_tag("a", ann), make_tag("b"), make_tag("c")
    operations.rename(first, "b", together=True, by=OPERATOR)
    operations.rename(second, "c", together=True, by=OPERATOR)
    assert picked(session, third) == picked(session, first) == {ann.id}
    assert [tag.name for tag in vocabulary().here()] == ["c"]


def test_a_removed_tag_comes_back_with_its_people_unless_its_name_is_taken(app: Flask) -> None:
    ann = make_supporter()
    tag = make_tag("volunteer", ann)
    operations.remove(tag, by=OPERATOR)
    assert tags_of(ann.id) == []
    operations.put_back(tag, by=OPERATOR)
    assert tags_of(ann.id) == [tag]
    operations.remove(tag, by=OPERATOR)
    make_tag("Volunteer")
    with pytest.raises(NameTaken):
        operations.put_back(tag, by=OPERATOR)


def test_whoever_is_erased_carries_nothing(app: Flask, session: Db) -> None:
    ann, bea = make_supporter(), make_supporter("bea@example.org")
    make_tag("volunteer", ann, bea)
    operations.erase_of(ann, by=OPERATOR)
    assert [one.supporter_id for one in session.query(Tagging)] == [bea.id]


def test_a_press_that_comes_twice_is_one(app: Flask, session: Db) -> None:
    ann = make_supporter()
    old, new = make_tag("helper", ann), make_tag("volunteer")
    for _ in range(2):
        operations.rename(old, "volunteer", together=True, by=OPERATOR)
    assert [tag.name for tag in tags_of(ann.id)] == [tag.name for tag in vocabulary().here()] == ["volunteer"]
    for _ in range(2):
        operations.take_apart(old, by=OPERATOR)
    operations.remove(new, by=OPERATOR)
    for _ in range(2):
        operations.put_back(new, by=OPERATOR)
    assert [tag.name for tag in vocabulary().here()] == ["helper", "volunteer"]


def test_nobody_who_was_erased_meanwhile_is_given_one(app: Flask, session: Db) -> None:
    ann = make_supporter()
    session.commit()
    with db.engine.begin() as other:
        other.execute(update(Supporter).where(Supporter.id == ann.id).values(state=SupporterState.ERASED))
    with pytest.raises(NotATag, match="erased"):
        operations.give(ann, "volunteer", by=OPERATOR)
