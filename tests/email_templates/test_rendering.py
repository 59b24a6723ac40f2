import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from lxml import html as lxml_html

from email_templates.block_rendering import PictureMissing
from email_templates.catalogue import Email, LetterCopy, LetterToTarget, Mailing
from email_templates.language import LANGUAGES, UnknownLanguage, direction
from email_templates.merging import MergeField, fill, greeting, merge_fields_in
from email_templates.rendering import HTML_LIMIT, HTML_REFUSED, html_size, render
from email_templates.texts import Rendered
from tests.factories.emails import (
    LETTERHEAD,
    MOMENT,
    PAGE,
    SITE,
    TARGET,
    TITLE,
    TOKEN,
    act_receipt,
    alert,
    blocks_in,
    confirmation,
    every_email,
    letter_handed_over,
    letter_receipt,
    letter_returned,
    letter_to_target,
    newsletter,
    update,
)

PERSONAL = {"act": f"{SITE}/t/{TOKEN}", "unsubscribe": f"{SITE}/u/{TOKEN}", "preferences": f"{SITE}/p/{TOKEN}"}
EMAILS = [email for language in LANGUAGES for email in every_email(language)]
IDS = [f"{email.folder}-{email.language}" for email in EMAILS]
WITH_HTML = [email for email in EMAILS if email.has_html]
HTML_IDS = [f"{email.folder}-{email.language}" for email in WITH_HTML]
SMALLEST = 14


def sent(email: Email, first_name: str = "Ada") -> Rendered:
    rendered = render(email)
    if not isinstance(email, Mailing):
        return rendered
    return fill(rendered, {**PERSONAL, "greeting": greeting(first_name, email.language)})


def html_of(email: Email) -> str:
    html = sent(email).html
    assert html is not None
    return html


def visible(tree: lxml_html.HtmlElement) -> Iterator[lxml_html.HtmlElement]:
    """What a reader sees: not the preheader, which is for the list of mails."""
    for each in tree.iter():
        if isinstance(each.tag, str) and "preheader" not in each.get("class", ""):
            yield each


@pytest.mark.parametrize("email", EMAILS, ids=IDS)
def test_a_subject_is_one_line(email: Email) -> None:
    subject = render(email).subject
    assert subject
    assert subject == " ".join(subject.split())
    assert "<" not in subject


@pytest.mark.requirement("B-30")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_every_link_of_the_html_stands_in_the_text(email: Email) -> None:
    mail = sent(email)
    for link in lxml_html.fromstring(html_of(email)).iter("a"):
        assert link.get("href", "").removeprefix("mailto:") in mail.text


@pytest.mark.requirement("A-11")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_the_text_says_what_the_html_says(email: Email) -> None:
    """Every paragraph, heading and entry, word by word; only the button is named otherwise ("open this link")."""
    text = " ".join(sent(email).text.split())
    for each in lxml_html.fromstring(html_of(email)).iter("h1", "h2", "h3", "li"):
        words = " ".join(each.text_content().split())
        if each.tag != "h1" or not isinstance(email, Mailing):
            assert words.split("  ")[0] in text


@pytest.mark.requirement("A-10")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_html_mail_can_be_read_by_everyone(email: Email) -> None:
    html = html_of(email)
    assert html.startswith("<!DOCTYPE html>")
    tree = lxml_html.fromstring(html)
    assert tree.get("lang") == email.language
    assert tree.get("dir") == direction(email.language)
    assert tree.findtext(".//title")
    assert len(tree.findall(".//h1")) == 1
    assert {table.get("role") for table in tree.iter("table")} == {"presentation"}
    assert all(picture.get("alt") is not None for picture in tree.iter("img"))
    assert all(link.text_content().strip() for link in tree.iter("a"))
    levels = [int(each.tag[1]) for each in tree.iter("h1", "h2", "h3")]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.requirement("A-10")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_no_word_is_smaller_than_14_pixels(email: Email) -> None:
    styles = [each.get("style", "") for each in visible(lxml_html.fromstring(html_of(email)))]
    sizes = [int(size) for style in styles for size in re.findall(r"font-size:\s*(\d+)px", style)]
    assert sizes
    assert min(sizes) >= SMALLEST


@pytest.mark.requirement("B-38", "P-01")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_nothing_is_fetched_but_pictures_of_our_own(email: Email) -> None:
    html = html_of(email)
    tree = lxml_html.fromstring(html)
    forbidden = ("script", "link", "form", "iframe", "object", "embed", "video", "audio", "input")
    assert not list(tree.iter(*forbidden))
    assert {urlsplit(picture.get("src", "")).netloc for picture in tree.iter("img")} <= {urlsplit(SITE).netloc}
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.requirement("P-02")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_no_picture_is_too_small_to_see(email: Email) -> None:
    assert all(int(each.get("width", "40")) > 1 for each in lxml_html.fromstring(html_of(email)).iter("img"))


@pytest.mark.requirement("B-37")
@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_html_is_small_enough_that_no_reader_clips_it(email: Email) -> None:
    assert html_size(sent(email)) <= HTML_LIMIT < HTML_REFUSED


@pytest.mark.requirement("B-39")
@pytest.mark.parametrize("email", EMAILS, ids=IDS)
def test_every_mail_says_who_sends_it_and_where_they_are(email: Email) -> None:
    mail = sent(email)
    for part in filter(None, (mail.text, mail.html)):
        assert all(word in part for word in (LETTERHEAD.name, *LETTERHEAD.postal_address, LETTERHEAD.contact_address))


@pytest.mark.parametrize("email", WITH_HTML, ids=HTML_IDS)
def test_dark_mode_and_the_phone_keep_their_rules(email: Email) -> None:
    html = html_of(email)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media only screen and (max-width: 480px)" in html
    assert '<meta name="color-scheme" content="light dark">' in html


def test_a_button_is_a_table_cell_at_least_44_pixels_high() -> None:
    (only,) = lxml_html.fromstring(html_of(confirmation("en", "signup"))).find_class("button-link")
    style = only.get("style", "")
    padding, line = (int(re.findall(rule, style)[0]) for rule in (r"padding:(\d+)px", r"line-height:(\d+)px"))
    assert 2 * padding + line >= 44
    cell = only.getparent()
    assert cell is not None
    assert (cell.tag, cell.get("bgcolor")) == ("td", "#a9341b")


def test_a_language_without_texts_is_named() -> None:
    with pytest.raises(UnknownLanguage):
        render(replace(confirmation("en", "signup"), language="tlh"))


# Confirmation


@pytest.mark.requirement("C-13")
def test_one_confirmation_lists_all_that_waits_behind_one_link() -> None:
    mail = render(confirmation("en", "signup", "signature", "letter"))
    assert mail.text.count("/c/") == 1
    for part in (mail.text, mail.html or ""):
        assert "Join the email list" in part
        assert "Sign the petition" in part
        assert "Send a letter to" in part


@pytest.mark.requirement("C-15")
def test_a_confirmation_says_what_when_and_what_if_it_was_not_me() -> None:
    mail = render(confirmation("en", "signature"))
    assert "22 July 2014, 15:04 UTC" in mail.text
    assert TITLE["en"] in mail.text
    assert "This wasn’t me." in mail.text
    assert "unsubscribe" not in mail.text.lower()


@pytest.mark.requirement("C-16")
def test_a_reminder_says_that_it_is_the_only_one() -> None:
    mail = render(confirmation("en", "signature", reminder=True))
    assert mail.subject.startswith("A reminder")
    assert "our only reminder" in mail.text


# Letters


@pytest.mark.requirement("L-04", "L-06")
def test_a_letter_goes_word_for_word() -> None:
    hostile = "First.\n\n\n  Indented {{ first_name }} {% x %} <b>&amp;</b>\n.\n-- \nខេមរា"
    letter = replace(letter_to_target("en"), body=hostile)
    mail = render(letter)
    assert mail.html is None
    assert mail.text.startswith(f"{letter.salutation}\n\n{hostile}\n\n{letter.close}\n\n{letter.writer_name}\n")


def test_a_letter_without_the_writers_address_has_no_gap() -> None:
    letter = letter_to_target("en", address=())
    assert f"{letter.close}\n\n{letter.writer_name}\n\n-- \n" in render(letter).text


@pytest.mark.requirement("L-13")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_office_learns_who_runs_the_service_and_how_to_choose_another_way(language: str) -> None:
    letter: LetterToTarget = letter_to_target(language)
    _, foot = render(letter).text.split("\n-- \n")
    assert LETTERHEAD.name in foot
    assert letter.abuse_address in foot
    assert LETTERHEAD.contact_address in foot
    assert LETTERHEAD.base_url in foot


@pytest.mark.requirement("L-16")
def test_a_returned_letter_comes_with_its_reason_and_another_way() -> None:
    reasons = {render(letter_returned("en", reason)).text for reason in ("mailbox_full", "refused", "unknown")}
    assert len(reasons) == 3
    mail = render(letter_returned("en", "refused", post_url=f"{SITE}/post"))
    assert f"{SITE}/post" in mail.text
    assert "Please let them go home." in mail.text


def test_a_letter_is_shown_in_its_own_language_and_direction() -> None:
    arabic = LetterCopy(subject="ستة", text="صاحب السعادة", language="ar")
    html = html_of(replace(letter_receipt("en"), letter=arabic))
    assert re.search(r'<div class="letter" lang="ar" dir="rtl" align="right"', html)


def test_the_letter_in_a_receipt_cannot_be_markup() -> None:
    hostile = LetterCopy(subject="<script>", text="<img src=x>", language="en")
    html = html_of(replace(letter_receipt("en"), letter=hostile))
    assert "<script>" not in html
    assert "<img" not in html


@pytest.mark.requirement("L-10")
def test_a_letter_that_was_handed_over_says_when_where_and_with_how_many() -> None:
    mail = render(letter_handed_over("en"))
    for said in (TARGET, "22 July 2014", "the embassy in Geneva", "12,408 letters were handed over together", PAGE):
        assert said in mail.text
    assert "1 letter was handed over." in render(letter_handed_over("en", number=1)).text
    assert "Please let them go home." in mail.text


def test_only_a_letter_has_a_time_for_undoing() -> None:
    assert "15 minutes" in render(act_receipt("en", letter=True)).text
    assert "minute" not in render(act_receipt("en", letter=False)).text


# Mailings


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mailing_leaves_what_differs_between_readers_to_be_filled(language: str) -> None:
    common = {MergeField("greeting"), MergeField("unsubscribe"), MergeField("preferences")}
    assert merge_fields_in(render(alert(language))) == common | {MergeField("act")}
    assert merge_fields_in(render(update(language))) == common | {MergeField("act")}
    assert merge_fields_in(render(newsletter(language))) == common


@pytest.mark.requirement("P-03")
def test_two_readers_mails_differ_in_their_personal_links_alone() -> None:
    rendered = render(alert("en"))
    personal = ("act", "unsubscribe", "preferences")

    def links(reader: str) -> list[str]:
        values = {name: f"{SITE}/{name}/{reader}" for name in personal} | {"greeting": f"Dear {reader},"}
        filled = fill(rendered, values)
        assert filled.html is not None
        return [link.get("href", "") for link in lxml_html.fromstring(filled.html).iter("a")]

    differing = {a for a, b in zip(links("ada"), links("bo"), strict=True) if a != b}
    assert differing == {f"{SITE}/{name}/ada" for name in personal}


@pytest.mark.requirement("W-11")
def test_a_campaigners_braces_arrive_as_they_were_typed() -> None:
    literal = "{{7*7}} {% if x %} {{config}}"
    mail = sent(alert("en", subject=literal, blocks=({"type": "text", "html": f"<p>{literal}</p>"},)))
    assert mail.subject == literal
    assert literal in mail.text
    assert literal in (mail.html or "")


def test_campaigners_text_may_name_its_reader() -> None:
    email = alert("en", subject="{{first_name|Friend}}, four are home", blocks=blocks_in("en")[:1])
    filled = fill(render(email), {**PERSONAL, "greeting": "Dear Ada,", "first_name": ""})
    assert filled.subject == "Friend, four are home"


def test_an_alert_has_its_button_near_the_top_and_at_the_end() -> None:
    text = sent(alert("en")).text
    assert text.count(PERSONAL["act"]) == 2
    assert text.index(PERSONAL["act"]) < len(text) / 3


def test_a_mailing_with_a_button_of_its_own_gets_no_second_one_beside_it() -> None:
    blocks = (*blocks_in("en")[:1], {"type": "button", "text": "Write now", "url": "act"})
    text = sent(alert("en", blocks=blocks)).text
    assert text.count(PERSONAL["act"]) == 1


def test_a_short_alert_has_one_button() -> None:
    assert sent(alert("en", blocks=blocks_in("en")[:1])).text.count(PERSONAL["act"]) == 1


@pytest.mark.parametrize(
    ("language", "dated"),
    [("en", "UPDATE · 23 November 2026"), ("ar", "مستجدات · 23 نوفمبر 2026"), ("km", "ដំណឹងថ្មី · ថ្ងៃទី23 ខែវិច្ឆិកា ឆ្នាំ2026")],
)
def test_an_update_is_dated(language: str, dated: str) -> None:
    mail = sent(update(language))
    assert mail.text.startswith(dated)
    assert dated in (mail.html or "")


def test_the_copy_in_the_browser_is_named_only_where_there_is_one() -> None:
    assert "in your browser" in sent(alert("en")).text
    assert "in your browser" not in sent(alert("en", browser_url=None)).text


def test_a_picture_that_was_not_handed_over_stops_the_mailing() -> None:
    with pytest.raises(PictureMissing, match="harbour"):
        render(alert("en", pictures={}))


def test_a_mailing_has_no_empty_stretches() -> None:
    assert "\n\n\n" not in sent(newsletter("en", blocks=())).text


def test_a_moment_is_said_in_the_readers_language() -> None:
    assert "ថ្ងៃទី22 ខែកក្កដា ឆ្នាំ2014 ម៉ោង 15:04 UTC" in render(replace(letter_receipt("km"), sent_at=MOMENT)).text
