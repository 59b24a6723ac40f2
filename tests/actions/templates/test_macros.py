"""The frame and the macros, rendered in every language as the rooms' pages use them."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from lxml import html
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from actions.rendering import environment
from email_templates.language import LANGUAGES

ORGANISATION = SimpleNamespace(
    name="Open Hands",
    imprint=["1 Long Street", "San Francisco, CA"],
    contact_email="hello@open-hands.test",
    contact_url="https://open-hands.test/contact",
    donation_url="https://open-hands.test/give",
    networks=[("Mastodon", "https://social.test/@hands")],
    logo_url=None,
    colour=None,
)

PAGE = """
{% extends "layout.html" %}
{% from "_macros/forms.html" import text_field, text_area, select, consent, radio_group, hidden_fields, honeypot,
   error_summary, submit, form_row with context %}
{% from "_macros/acts.html" import update_banner, counter, notice, addressees, letter_sheet, letter_read, share_links,
   give, phone_bar, picture, page_card with context %}
{% from "_macros/messages.html" import check_your_email, message, thanks, waiting_list, waiting_item, next_step, flash
   with context %}
{% from "_macros/people.html" import person, address, masked_name with context %}
{% block title %}A page{% endblock %}
{% block main %}
  {{ error_summary(form, "sign") }}
  {{ update_banner(day, "Released", url="#story", outcome="The charges stand.") }}
  <h1>A page</h1>
  {{ picture("/media/a.jpg", "Drawing", "Caption", "Credit", 3, 2) }}
  <form method="post" action="/a/x/sign" novalidate>
    {{ hidden_fields(form, "sign") }}{{ honeypot(form.website, "sign") }}
    {% call form_row() %}{{ text_field(form.email, "sign", hint="Why", autocomplete="email") }}{% endcall %}
    {{ select(form.country, "sign", autocomplete="country") }}
    {{ radio_group(form.show_name, "sign", hints={"initials": "M. S."}) }}
    {{ text_area(form.comment, "sign", optional=True) }}
    {{ consent(form.join, "sign") }}
    {{ submit("Sign", icon_name="pen", large=True) }}
  </form>
  <form method="post" action="/a/x/write" novalidate>
    {{ letter_sheet(form, "write", lines, "Sophea", english) }}
    {{ text_field(form.email, "write", autocomplete="email") }}
    <h2>Before you write</h2>{{ notice("write", "We", "To send it", "The embassy", "28 days", "By the link") }}
  </form>
  {{ counter(12408, 15000) }}{{ counter(1, kind="letters") }}{{ addressees(lines) }}
  {{ letter_read(lines, "Sir,", "Body", "Yours,", "Sophea", lines, "22 July 2014", "Subject", english) }}
  {{ share_links("https://act.test/a/x", "Words & more") }}{{ give("https://give.test") }}
  {{ phone_bar() }}{{ page_card("/a/y", "Next", "/m.jpg", "", "Why", 3, "Closed", english) }}
  {{ check_your_email("an•••@example.org", "Then it counts.", "/c/again", {"stamp": "s"}) }}
  {% call thanks("Thank you", "One of 3") %}<p>Next</p>{% endcall %}
  {% call next_step("Write too", "next") %}<p>Now</p>{% endcall %}
  {% call waiting_list() %}{% call waiting_item("Sign", "first", "Open") %}<p>It</p>{% endcall %}{% endcall %}
  {{ flash("Done") }}{{ person("Sophea") }}{{ address("a@b.test") }}{{ masked_name("S•••") }}
{% endblock %}
"""


NAMES = [SelectChoice("full", "In full"), SelectChoice("initials", "As initials")]


class Everything(Form):
    stamp = HiddenField(default="s")
    website = StringField("Website")
    email = EmailField("Email", [DataRequired("Enter your email address")])
    country = SelectField("Country", choices=[SelectChoice("FR", "France")], default="FR")
    show_name = RadioField("Your name", choices=NAMES, default="full")
    comment = TextAreaField("Why?")
    join = BooleanField("Put me on the list.")
    subject = StringField("Subject", default="Release her")
    salutation = StringField("Salutation", default="Sir,")
    close = StringField("Close", default="Yours,")
    body = TextAreaField("Your letter", [DataRequired("Write your letter")])

    @property
    def salutations(self) -> list[Field]:
        return [self.salutation]

    @property
    def closes(self) -> list[Field]:
        return [self.close]


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("actions", static_folder=None)
    with app.app_context():
        yield app


def rendered(code: str, *, organisation: object = ORGANISATION, wrong: bool = True) -> html.HtmlElement:
    strict = environment(code).overlay(undefined=StrictUndefined)
    form = Everything()
    if wrong:
        form.validate()
    return html.fromstring(
        strict.from_string(PAGE).render(
            form=form,
            day=date(2014, 7, 22),
            lines=["His Excellency", "4530 16th Street, NW"],
            english=LANGUAGES["en"],
            language=LANGUAGES[code],
            page_languages=list(LANGUAGES.values()),
            organisation=organisation,
            asset_url=lambda name: f"/assets/{name}",
        )
    )


@pytest.mark.requirement("A-09")
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_its_language_and_direction_and_so_does_the_letter_inside(app: Flask, code: str) -> None:
    page = rendered(code)
    assert (page.get("lang"), page.get("dir")) == (code, LANGUAGES[code].direction)
    assert [(letter.get("lang"), letter.get("dir")) for letter in page.find_class("letter")] == [("en", "ltr")] * 2


@pytest.mark.requirement("A-02")
def test_every_control_that_is_seen_has_a_label_of_its_own(app: Flask) -> None:
    page = rendered("en")
    controls = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
    labels = {label.get("for") for label in page.xpath("//label")}
    assert len(controls) > 8
    assert [control.get("id") for control in controls if control.get("id") not in labels] == []


@pytest.mark.requirement("A-02")
def test_a_field_carries_its_autocomplete_token_in_whatever_form_it_stands(app: Flask) -> None:
    page = rendered("en")
    emails = page.xpath("//input[@name='email']")
    assert [(email.get("id"), email.get("autocomplete")) for email in emails] == [
        ("sign-email", "email"),
        ("write-email", "email"),
    ]


def test_no_id_is_used_twice(app: Flask) -> None:
    ids = Counter(rendered("en").xpath("//@id"))
    assert [one for one, times in ids.items() if times > 1] == []


@pytest.mark.requirement("A-03")
def test_errors_stand_first_take_the_focus_and_lead_to_their_fields(app: Flask) -> None:
    page = rendered("en")
    summary = page.get_element_by_id("main")[0]
    assert (summary.get("role"), summary.get("tabindex"), "autofocus" in summary.attrib) == ("alert", "-1", True)
    links = {link.get("href"): link.text for link in summary.xpath(".//a")}
    assert links == {"#sign-email": "Enter your email address", "#sign-body": "Write your letter"}


@pytest.mark.requirement("A-03")
def test_a_wrong_field_is_described_by_its_hint_and_its_error(app: Flask) -> None:
    page = rendered("en")
    email = page.get_element_by_id("sign-email")
    assert email.get("aria-invalid") == "true"
    described = [page.get_element_by_id(one).text_content().strip() for one in email.get("aria-describedby").split()]
    assert described == ["Why", "Enter your email address"]


def test_a_form_without_errors_has_no_summary_and_moves_no_focus(app: Flask) -> None:
    page = rendered("en", wrong=False)
    assert page.xpath("//*[@autofocus] | //*[@role='alert'] | //*[@aria-invalid]") == []


@pytest.mark.requirement("C-32")
def test_nothing_is_ticked_beforehand(app: Flask) -> None:
    assert rendered("en").xpath("//input[@type='checkbox'][@checked]") == []


@pytest.mark.requirement("A-08")
@pytest.mark.parametrize("code", LANGUAGES)
def test_help_and_contact_stand_first_in_the_foot_of_every_page(app: Flask, code: str) -> None:
    foot = rendered(code).xpath("//footer[contains(@class, 'site-footer')]//section")[0]
    assert foot.xpath(".//a/@href")[0] == "mailto:hello@open-hands.test"


def test_without_an_organisation_the_frame_still_stands(app: Flask) -> None:
    page = rendered("en", organisation=None)
    assert page.find_class("site-contact")
    assert "out of reach" in page.find_class("site-contact")[0].text_content()


@pytest.mark.requirement("A-01", "P-01")
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_holds_no_script_no_inline_style_and_fetches_nothing_from_elsewhere(app: Flask, code: str) -> None:
    page = rendered(code)
    assert page.xpath("//script | //style | //@style | //@onclick | //iframe") == []
    fetched = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //img/@src")
    assert [url for url in fetched if not url.startswith("/")] == []


def test_a_letter_line_that_runs_the_other_way_is_set_apart(app: Flask) -> None:
    lines = rendered("ar").xpath("//address[@class='letter-address']/span")
    assert lines
    assert all(line[0].tag == "bdi" for line in lines)


def test_what_is_shared_is_escaped_for_the_address_it_stands_in(app: Flask) -> None:
    links = rendered("en").xpath("//ul[@class='share-links']//a/@href")
    assert any("Words%20%26%20more%20https%3A//act.test/a/x" in link for link in links)
