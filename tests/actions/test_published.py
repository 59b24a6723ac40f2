import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, text, update
from sqlalchemy.orm import DeclarativeBase

from actions import published
from actions.actors import OPERATOR
from actions.consents.models import ConsentPurpose, ConsentText
from actions.consents.operations import add_text
from actions.extensions import db
from actions.held_rows import rows_held
from actions.lists.models import MailingList
from actions.media.models import Picture
from actions.organisation.models import Organisation
from actions.pages.models import Page, PageTarget, PageUpdate, PageWording
from actions.published import apart, remembered
from actions.targets.models import Target
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page, make_target

PUBLISHED = (Organisation, MailingList, ConsentText, Target, Picture, Page, PageWording, PageTarget, PageUpdate)


def mark() -> int | None:
    return db.session.scalar(select(published.mark_now()))


def asked(answers: list[str]) -> str:
    """What a request gets to see while `answers` come one after the other from the database."""
    with rows_held():
        return remembered("a test", lambda: answers.pop(0))


def test_what_is_published_is_read_once_until_it_changes(app: Flask) -> None:
    page = make_page()
    answers = ["first", "second"]
    assert asked(answers) == asked(answers) == "first"
    page.flagged = True
    db.session.commit()
    assert asked(answers) == asked(answers) == "second"


def test_where_nothing_is_published_or_no_request_is_answered_nothing_is_remembered(app: Flask) -> None:
    answers = ["first", "second", "third", "fourth"]
    assert [asked(answers), asked(answers)] == ["first", "second"]
    make_page()
    assert [remembered("a test", lambda: answers.pop(0)) for _ in range(2)] == ["third", "fourth"]


def test_one_request_sees_one_state_of_things(app: Flask) -> None:
    page = make_page()
    answers = ["first", "second"]
    with rows_held():
        before = remembered("a test", lambda: answers.pop(0))
        page.flagged = True
        db.session.commit()
        assert remembered("a test", lambda: answers.pop(0)) == before


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.__tablename__)
def test_every_change_of_what_is_published_leaves_a_mark(app: Flask, model: type[DeclarativeBase]) -> None:
    watched = text(
        "SELECT DISTINCT event_manipulation FROM information_schema.triggers "
        "WHERE event_object_table = :name AND trigger_name = :name || '_leave_mark'"
    )
    found = set(db.session.scalars(watched, {"name": model.__tablename__}))
    assert found == {"INSERT", "UPDATE", "DELETE"}


def test_every_column_of_a_page_but_its_counts_leaves_a_mark(app: Flask) -> None:
    watched = text(
        "SELECT event_object_column FROM information_schema.triggered_update_columns "
        "WHERE trigger_name = 'pages_leave_mark'"
    )
    columns = {column.name for column in inspect(Page).columns}
    assert set(db.session.scalars(watched)) == columns - set(published.COUNTS)


def test_a_count_leaves_no_mark(app: Flask) -> None:
    page = make_page()
    before = mark()
    db.session.execute(update(Page).where(Page.id == page.id).values(signature_count=7))
    assert mark() == before
    page.flagged = True
    db.session.flush()
    assert mark() != before


def test_a_change_that_is_rolled_back_leaves_none(app: Flask) -> None:
    make_page()
    before = mark()
    with db.session.begin_nested() as savepoint:
        db.session.execute(update(Page).values(flagged=True))
        assert mark() != before
        savepoint.rollback()
    assert mark() == before


def test_old_marks_go_with_the_next_one(app: Flask) -> None:
    make_page()
    db.session.execute(text("UPDATE published_marks SET left_at = left_at - interval '2 hours'"))
    make_target()
    left = db.session.scalars(text("SELECT left_at > clock_timestamp() - interval '1 hour' FROM published_marks"))
    assert set(left) == {True}


def test_the_memory_stays_small(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "MOST_ENTRIES", 5)
    make_page()
    for number in range(20):
        with rows_held():
            remembered(("a test", number), lambda: "words")
    assert len(published._held.memory.entries) <= published.MOST_ENTRIES + 1  # noqa: SLF001  # nothing outside can see it


def test_a_row_that_is_remembered_outlives_its_session(app: Flask) -> None:
    page = make_page()
    with rows_held():
        row = apart(db.session.scalars(select(PageWording).where(PageWording.page_id == page.id)).one())
        db.session.rollback()
    db.session.remove()
    assert row.title


def test_new_words_stand_on_the_page_at_once(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    page = make_page()
    path = f"/a/{page.slug}/sign"
    make_list()
    assert "A newer sentence." not in client.get(path).text
    add_text(ConsentPurpose.CASE_NEWS, "en", "A newer sentence.", by=OPERATOR)
    db.session.commit()
    assert "A newer sentence." in client.get(path).text
    add_wording(page, "km")
    db.session.commit()
    assert 'lang="km"' in client.get(path).text


def test_a_request_that_writes_reads_anew(app: Flask) -> None:
    make_page()
    with rows_held():
        assert remembered("a test", lambda: "before") == "before"
        published.read_anew()
        assert remembered("a test", lambda: "after") == "after"
    published.read_anew()
