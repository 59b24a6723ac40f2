from dataclasses import replace

import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.drafts.operations import DraftMoved, Seen
from actions.pages.drafts import save_words, words_in
from actions.pages.models import Page
from actions.site import news_keeping
from actions.transaction import transaction
from tests.factories.organisation import make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page, make_target

ADA, BO = Actor(Role.STAFF, 1), Actor(Role.STAFF, 2)
TYPED = {"csrf_token": "x", "do": "keep", "version": "1", "revision": "0", "en-headline": "Her medicine", "outcome": ""}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_picture("gate")
    return make_page(targets=[make_target()], lead_picture="gate")


def test_the_form_is_kept_for_its_writer_without_what_is_no_words(page: Page) -> None:
    draft = news_keeping.keep(page, TYPED, Seen(1), by=ADA)
    assert draft.words == {"en-headline": "Her medicine", "outcome": ""}
    assert news_keeping.draft_of(page, 2) is None
    with pytest.raises(DraftMoved):
        news_keeping.keep(page, TYPED, Seen(1), by=ADA)
    news_keeping.forget(page, by=BO)
    assert news_keeping.draft_of(page, 1) is not None
    news_keeping.forget(page, by=ADA)
    assert news_keeping.draft_of(page, 1) is None


def test_words_that_others_saved_meanwhile_are_not_put_back(page: Page) -> None:
    standing = words_in(page, "en")
    typed = TYPED | {"en-title": standing.title, "en-summary": "Mine.", "en-letter_body": standing.letter["body"]}
    draft = news_keeping.keep(page, typed, Seen(page.version), by=ADA)
    with transaction():
        save_words(page, "en", replace(standing, title="Theirs", summary="Theirs."), based_on=page.version, by=BO)
    again = news_keeping.rebased(page, draft.words, draft.based_on)
    assert (again["en-title"], again["en-summary"]) == ("Theirs", "Mine.")
    assert again["en-headline"] == "Her medicine"
