import pytest
from jinja2 import UndefinedError

from email_templates.environment import UNINLINED, environment


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
