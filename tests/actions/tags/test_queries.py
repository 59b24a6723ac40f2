import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.tags import operations, queries
from tests.factories.supporters import make_supporter
from tests.factories.tags import make_tag


def test_many_are_counted_up_to_a_bound(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    people = [make_supporter(f"p{number}@example.org") for number in range(3)]
    many, few = make_tag("many", *people), make_tag("few", people[0])
    make_tag("none")
    assert queries.numbers() == {many.id: 2, few.id: 1}


def test_the_names_that_each_person_carries(app: Flask) -> None:
    ann, bea = make_supporter(), make_supporter("bea@example.org")
    make_tag("zebra", ann)
    make_tag("Ähre", ann)
    operations.remove(make_tag("gone", ann), by=OPERATOR)
    assert queries.names_of([ann.id, bea.id]) == {ann.id: ["zebra", "Ähre"]}


def test_what_is_held_about_somebody_is_told_also_when_it_was_removed(app: Flask) -> None:
    ann = make_supporter()
    tag = make_tag("gone", ann)
    operations.remove(tag, by=OPERATOR)
    assert not queries.is_here(tag.id)
    assert queries.held_about(ann.id) == [tag]
    assert queries.name_of(tag.id) == "gone"
    assert queries.name_of(99) is None
    assert queries.family_of(99) == []
