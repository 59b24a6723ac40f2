import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.mailings import operations, queries, wording
from actions.mailings.models import Mailing, MailingKind
from actions.pages.models import Outcome, Page, PageState, PageUpdate
from email_templates.catalogue import Alert, Newsletter
from email_templates.language import LANGUAGES, format_date
from email_templates.merging import MergeField, merge_fields_in
from tests.factories.mailings import BLOCKS, draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page

NO_PAGE = {MergeField("greeting"), MergeField("unsubscribe"), MergeField("preferences")}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    made = make_page(signature_count=3, letter_count=2, posted_count=1)
    for language in ("ar", "km"):
        add_wording(made, language, title=f"Free her ({language})")
    return made


def update_of(page: Page) -> Mailing:
    told = {"headline": "She is free", "blocks": BLOCKS}
    update = PageUpdate(
        page_id=page.id, outcome=Outcome.WON, dated=clock.now(), wordings={"en": told}, created_at=clock.now()
    )
    db.session.add(update)
    db.session.flush()
    return operations.draft_mailing(MailingKind.UPDATE, key="u", words=[words()], page=page, update=update, by=OPERATOR)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_speaks_each_language(page: Page, language: str) -> None:
    mailing = draft_alert(make_list(), page, words(language))
    email = wording.email_of(mailing, queries.texts_of(mailing)[language])
    assert isinstance(email, Alert)
    assert email.page_title == ("Free her" if language == "en" else f"Free her ({language})")
    assert email.count_sentence
    if language != "en":
        assert "Act now" not in email.button_text
        assert "You get this" not in email.why_you_get_this
        assert "This is a test" not in str(wording.as_test(queries.texts_of(mailing)[language]).blocks)


def test_a_count_of_nobody_is_not_mentioned(page: Page) -> None:
    page.signature_count = 0
    mailing = draft_alert(make_list(), page)
    email = wording.email_of(mailing, queries.texts_of(mailing)["en"])
    assert isinstance(email, Alert)
    assert email.count_sentence is None


def test_an_update_tells_its_headline_and_day(page: Page) -> None:
    mailing = update_of(page)
    rendered = wording.rendered(mailing, queries.texts_of(mailing)["en"])
    assert "She is free" in rendered.text
    assert f"UPDATE · {format_date(clock.now(), 'en')}" in rendered.text
    assert "See what is asked now" in rendered.text
    page.state = PageState.WON
    assert "See what came of it" in wording.rendered(mailing, queries.texts_of(mailing)["en"]).text


def test_a_newsletter_needs_no_page(page: Page) -> None:
    mailing = operations.draft_mailing(
        MailingKind.NEWSLETTER, key="n", words=[words()], mailing_list=make_list(), by=OPERATOR
    )
    text = queries.texts_of(mailing)["en"]
    assert isinstance(wording.email_of(mailing, text), Newsletter)
    assert merge_fields_in(wording.rendered(mailing, text)) == NO_PAGE
    assert "You get this because you joined our list “Updates”." in wording.rendered(mailing, text).text


@pytest.mark.requirement("P-03")
def test_what_is_the_same_for_all_is_no_merge_value_any_more(page: Page) -> None:
    blocks = [{"type": "text", "html": "<p>{{count}} acted on {{page_title}}.</p>"}]
    mailing = draft_alert(make_list(), page, words(blocks=blocks, subject="{{count}} for “{{page_title}}”"))
    rendered = wording.rendered(mailing, queries.texts_of(mailing)["en"])
    assert rendered.subject == "6 for “Free her”"
    assert "6 acted on Free her." in rendered.text
    assert merge_fields_in(rendered) == NO_PAGE | {MergeField("act")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mailing_to_a_list_leads_to_its_public_copy(page: Page, language: str) -> None:
    blocks = [{"type": "text", "html": '<p><a href="{{browser}}">The same in your browser</a></p>'}]
    mailing = draft_alert(make_list(), page, words(language, blocks=blocks))
    rendered = wording.rendered(mailing, queries.texts_of(mailing)[language])
    link = f"http://localhost:8000/archive/{mailing.id}?lang={language}"
    assert rendered.text.count(link) == (rendered.html or "").count(f'href="{link}"') == 2, "in the words and the foot"
    assert MergeField("browser") not in merge_fields_in(rendered)


@pytest.mark.requirement("P-14")
def test_what_nobody_should_know_of_has_no_public_copy(page: Page) -> None:
    discreet = draft_alert(make_list(), page, discreet=True)
    of_case = operations.draft_mailing(MailingKind.NEWSLETTER, key="n", words=[words()], page=page, by=OPERATOR)
    for mailing in (discreet, of_case):
        assert not wording.has_public_copy(mailing)
        assert "/archive" not in wording.rendered(mailing, queries.texts_of(mailing)["en"]).text
