import re
from dataclasses import replace

import pytest
from jinja2 import UndefinedError
from lxml import html as lxml_html

from email_templates.catalogue import Email, Logo
from email_templates.environment import ACT, DARK_ACT, UNINLINED, environment
from email_templates.rendering import html_size, render
from tests.factories.emails import (
    LETTERHEAD,
    SITE,
    act_receipt,
    alert,
    confirmation,
    letter_receipt,
    update,
)

# Bytes of the head with a logo: its address and its size, never the picture.
LOGO_WEIGHS = 1500
LOOKING = replace(
    LETTERHEAD,
    logo=Logo(url=f"{SITE}/media/logo.jpg", width=120, height=40),
    colour="#5b2c83",
    colour_in_the_dark="#b39bc8",
)
HEADED = [confirmation("ar", "signup"), act_receipt("km", letter=True), letter_receipt("en"), alert("en"), update("ar")]


def test_a_language_has_one_environment() -> None:
    assert environment("ar") is environment("ar")


def test_css_is_inlined_into_a_template_before_it_has_values() -> None:
    jinja = environment("en")
    assert jinja.loader is not None
    source, _, _ = jinja.loader.get_source(jinja, "confirmation/body.html")
    assert '<h1 class="title" style=' in source
    assert "{{ letterhead.name }}" in source
    raw, _, _ = jinja.loader.get_source(jinja, f"{UNINLINED}confirmation/body.html")
    assert '<h1 class="title">' in raw


def test_arabic_is_set_from_the_right() -> None:
    jinja = environment("ar")
    assert jinja.loader is not None
    source, _, _ = jinja.loader.get_source(jinja, "confirmation/body.html")
    assert '<html lang="{{ language }}" dir="rtl">' in source
    assert "text-align:right" in source
    assert "text-align:left" not in source


def test_an_organisation_s_colours_stand_in_its_templates_alone() -> None:
    theirs, ours = environment("en", "#5b2c83", "#b39bc8"), environment("en")
    assert theirs.loader is not None
    assert ours.loader is not None
    source, _, _ = theirs.loader.get_source(theirs, "confirmation/body.html")
    assert "#5b2c83" in source
    assert "#b39bc8" in source
    assert "#5b2c83" not in ours.loader.get_source(ours, "confirmation/body.html")[0]


def test_a_value_left_out_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("en").get_template("blocks/heading/mail.txt").render()


def test_html_is_escaped_and_plain_text_is_not() -> None:
    values = {"block": {"text": "<b>", "level": 2}}
    assert environment("en").get_template("blocks/heading/mail.txt").render(values) == "<b>"
    assert "&lt;b&gt;" in environment("en").get_template("blocks/heading/page.html").render(values)


@pytest.mark.requirement("A-09")
def test_a_name_is_kept_apart_from_a_sentence_in_another_script() -> None:
    isolated = environment("ar").filters["isolated"]
    assert isolated("A & B") == "<bdi>A &amp; B</bdi>"


@pytest.mark.requirement("B-39")
@pytest.mark.parametrize("email", HEADED, ids=[f"{email.folder}-{email.language}" for email in HEADED])
def test_the_logo_stands_at_the_head_beside_the_name(email: Email) -> None:
    html = str(render(replace(email, letterhead=LOOKING)).html)
    tree = lxml_html.fromstring(html)
    logo = tree.find_class("logo")[0]
    assert [logo.get(name) for name in ("src", "width", "height")] == [f"{SITE}/media/logo.jpg", "120", "40"]
    assert logo.get("alt")
    (name,) = tree.find_class("named")
    assert name.text_content().strip() == LETTERHEAD.name, "it is read with pictures off"
    assert html_size(render(replace(email, letterhead=LOOKING))) - html_size(render(email)) < LOGO_WEIGHS


@pytest.mark.parametrize("email", HEADED, ids=[f"{email.folder}-{email.language}" for email in HEADED])
def test_what_one_presses_has_the_organisation_s_colour_in_light_and_dark(email: Email) -> None:
    html = str(render(replace(email, letterhead=LOOKING)).html)
    assert ACT not in html
    assert DARK_ACT not in html
    for button in lxml_html.fromstring(html).find_class("button-link"):
        assert "background-color:#5b2c83" in button.get("style", "")
    dark = html.partition("prefers-color-scheme: dark")[2]
    assert re.search(r"\.button-link \{ background-color: #b39bc8 !important", dark)


def test_what_a_campaigner_writes_about_a_colour_stays() -> None:
    blocks = ({"type": "text", "html": f"<p>Our red is {ACT}.</p>"},)
    mail = render(alert("en", letterhead=LOOKING, blocks=blocks))
    assert f"Our red is {ACT}." in (mail.html or "")
