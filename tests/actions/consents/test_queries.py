import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR, supporter
from actions.consents import operations, queries
from actions.consents.models import ConsentEvent, ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import NoConsentText
from actions.extensions import db
from actions.supporters.models import Supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter, say_about_news


def test_a_sentence_is_in_the_readers_language_else_in_english(app: Flask) -> None:
    english = operations.add_text(ConsentPurpose.LIST, "en", "I want news.", by=OPERATOR)
    assert queries.text_for(ConsentPurpose.LIST, "km") is english
    khmer = operations.add_text(ConsentPurpose.LIST, "km", "ខ្ញុំចង់បានព័ត៌មាន។", by=OPERATOR)
    assert queries.text_for(ConsentPurpose.LIST, "km") is khmer
    with pytest.raises(NoConsentText):
        queries.text_for(ConsentPurpose.SIGN, "en")


@pytest.mark.requirement("C-32")
def test_leaving_one_consent_leaves_the_others_alone(app: Flask) -> None:
    make_organisation()
    joined, other_list, page, other_page = make_list(), make_list("alerts"), make_page(), make_page("other")
    ann = make_supporter()
    scopes: list[tuple[ConsentPurpose, dict[str, int]]] = [
        (ConsentPurpose.LIST, {"list_id": joined.id}),
        (ConsentPurpose.LIST, {"list_id": other_list.id}),
        (ConsentPurpose.CASE_NEWS, {"page_id": page.id}),
        (ConsentPurpose.CASE_NEWS, {"page_id": other_page.id}),
        (ConsentPurpose.SIGN, {"page_id": page.id}),
        (ConsentPurpose.SHOW_NAME, {"page_id": page.id}),
    ]
    ticked = [Ticked(purpose, queries.text_for(purpose, "en").id, **scope) for purpose, scope in scopes]
    operations.record_given(ann, ticked, channel="sign", requested_at=clock.now(), by=supporter(ann.id))
    for purpose, scope in scopes:
        before = {(one.purpose, one.page_id, one.list_id) for one in queries.standing(ann.id)}
        operations.withdraw(ann, purpose, channel="preferences", by=supporter(ann.id), **scope)
        after = {(one.purpose, one.page_id, one.list_id) for one in queries.standing(ann.id)}
        assert before - after == {(purpose, scope.get("page_id"), scope.get("list_id"))}
    assert queries.standing(ann.id) == []


def test_the_newest_word_counts(app: Flask) -> None:
    page, ann = make_page(), make_supporter()
    wanting = select(Supporter.id).where(queries.wants_case_news(page.id))
    assert db.session.scalars(wanting).all() == []
    for event, wants in (
        (ConsentEvent.GIVEN, True),
        (ConsentEvent.WITHDRAWN, False),
        (ConsentEvent.GIVEN, True),
    ):
        say_about_news(page, ann, event)
        assert (ann.id in db.session.scalars(wanting).all()) is wants


def test_news_about_one_case_is_not_news_about_another(app: Flask) -> None:
    page, other, ann, bea = make_page(), make_page("other"), make_supporter(), make_supporter("bea@example.org")
    say_about_news(page, ann)
    say_about_news(other, bea)
    assert db.session.scalars(select(Supporter.id).where(queries.wants_case_news(page.id))).all() == [ann.id]
