from typing import Any

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import operations, preflight, queries
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.operations import Words
from actions.mailings.preflight import MailingNotReady
from actions.organisation.queries import the_organisation
from actions.pages.models import Page, PageState
from actions.segments.rules import HasTag, Not
from actions.tags.operations import remove
from email_templates.texts import Rendered
from tests.factories.mailings import draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.tags import make_tag


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def page(updates: MailingList) -> Page:
    return make_page()


def problems(mailing: Mailing) -> str:
    with pytest.raises(MailingNotReady) as refused:
        preflight.check(mailing, queries.texts_of(mailing))
    return "\n".join(refused.value.problems)


def of_text(updates: MailingList, page: Page, **changes: Any) -> str:
    return problems(draft_alert(updates, page, words(**changes)))


def text(html: str) -> list[dict[str, Any]]:
    return [{"type": "text", "html": html}]


def test_what_is_ready_comes_back_rendered(updates: MailingList, page: Page) -> None:
    mailing = draft_alert(updates, page)
    frozen = preflight.check(mailing, queries.texts_of(mailing))
    assert frozen["en"].subject == "Write for her (en)"
    assert preflight.warnings(frozen) == []


@pytest.mark.requirement("W-11")
@pytest.mark.parametrize("typed", ["{{7*7}}", "{{config}}", "{{ first-name }}"])
def test_an_unknown_placeholder_is_named_with_its_line(updates: MailingList, page: Page, typed: str) -> None:
    said = of_text(updates, page, blocks=text(f"<p>One</p>\n<p>{typed}</p>"))
    assert f"In English: block 1, line 2 has {{{{{typed.strip('{} ')}}}}}" in said
    again = draft_alert(updates, page, words(subject=typed), key="again")
    assert "the subject, line 1 has" in problems(again)


@pytest.mark.requirement("W-11")
def test_template_syntax_is_text_like_any_other(updates: MailingList, page: Page) -> None:
    mailing = draft_alert(updates, page, words(blocks=text("<p>{% if x %} {# no #}</p>")))
    assert "{% if x %} {# no #}" in preflight.check(mailing, queries.texts_of(mailing))["en"].text


def test_missing_words_are_told_all_at_once(updates: MailingList, page: Page) -> None:
    said = problems(draft_alert(updates, page, words(subject=" ", blocks=[]), words("km", subject="")))
    assert said.splitlines() == [
        "The page “Free her” has no words in Khmer.",
        "In English: the subject is missing.",
        "In English: the body is missing.",
        "In Khmer: the subject is missing.",
    ]


@pytest.mark.requirement("B-39")
def test_without_a_postal_address_nothing_goes(updates: MailingList, page: Page) -> None:
    the_organisation().postal_lines = []
    db.session.commit()
    assert "no postal address" in problems(draft_alert(updates, page))


@pytest.mark.requirement("B-37")
def test_a_mail_that_gmail_would_cut_off_is_refused(updates: MailingList, page: Page) -> None:
    said = of_text(updates, page, blocks=text(f"<p>{'long ' * 21_000}</p>"))
    assert "Gmail cuts off at 102 kB" in said


@pytest.mark.requirement("B-37")
def test_a_mail_that_is_nearly_too_large_comes_with_a_warning() -> None:
    frozen = {"en": Rendered("s", "t", "x" * 95_000)}
    assert "at 102 kB Gmail cuts it off" in preflight.warnings(frozen)[0]


def test_blocks_must_be_drawable_and_their_pictures_there(updates: MailingList, page: Page) -> None:
    picture = {"type": "picture", "media": "gone.webp", "alt": "", "caption": "", "credit": "Us"}
    said = of_text(updates, page, blocks=[picture])
    assert "Block 1, picture, alt is missing." in said
    assert "there is no picture “gone.webp”." in said


@pytest.mark.parametrize("state", [PageState.DRAFT, PageState.PAUSED, PageState.WON])
def test_an_alert_needs_a_page_that_takes_acts(updates: MailingList, state: PageState) -> None:
    closed = make_page("closed", state=state)
    assert f"The page “Free her” takes no acts now ({state.value})." in problems(draft_alert(updates, closed))
    assert "An alert needs a page to act on." in problems(draft_alert(updates, None, key="no page"))


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([{"type": "button", "text": "Act", "url": "act"}], "a button leads to an act, and there is none."),
        (text("<p>{{count}}</p>"), "{{count}} needs a page."),
        (text("<p>{{page_title}}</p>"), "{{page_title}} needs a page."),
    ],
)
def test_a_newsletter_has_no_page_to_speak_of(updates: MailingList, blocks: list[Any], reason: str) -> None:
    newsletter = operations.draft_mailing(
        MailingKind.NEWSLETTER, key="n", words=[words(blocks=blocks)], mailing_list=updates, by=OPERATOR
    )
    assert reason in problems(newsletter)


def test_a_mailing_to_nobody_s_wish_and_an_update_without_news_are_refused(updates: MailingList, page: Page) -> None:
    nobody = operations.draft_mailing(MailingKind.NEWSLETTER, key="n", words=[words()], by=OPERATOR)
    assert "nobody has agreed to it" in problems(nobody)
    update = operations.draft_mailing(MailingKind.UPDATE, key="u", words=[words()], page=page, by=OPERATOR)
    assert "An update needs a page and the news" in problems(update)
    empty = operations.draft_mailing(MailingKind.NEWSLETTER, key="e", words=[], mailing_list=updates, by=OPERATOR)
    assert problems(empty) == "It has no words."


def test_a_language_that_our_mails_do_not_speak_is_refused(updates: MailingList) -> None:
    french = Words(language="fr", subject="Bonjour", blocks=text("<p>Bonjour</p>"))
    newsletter = operations.draft_mailing(
        MailingKind.NEWSLETTER, key="fr", words=[french], mailing_list=updates, by=OPERATOR
    )
    assert "In French: this is no language that our mails speak." in problems(newsletter)


def test_a_discreet_mailing_has_no_copy_for_the_browser(updates: MailingList, page: Page) -> None:
    asking = draft_alert(updates, page, words(blocks=text("<p>{{browser}}</p>")), discreet=True)
    assert "{{browser}} leads nowhere" in problems(asking)


def test_an_audience_by_a_tag_that_was_removed_goes_to_nobody(updates: MailingList, page: Page) -> None:
    """Whoever was left out by it would get the mail."""
    tag = make_tag("journalist")
    mailing = draft_alert(updates, page, rule=Not(HasTag(tag.id)))
    preflight.check(mailing, queries.texts_of(mailing))
    remove(tag, by=OPERATOR)
    assert "a tag that was removed" in problems(mailing)
