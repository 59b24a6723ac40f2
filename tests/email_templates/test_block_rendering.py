import pytest
from lxml import html as lxml_html
from markupsafe import Markup

from email_templates.block_checking import FIELDS
from email_templates.block_rendering import ActMissing, Form, PictureMissing, render_blocks
from email_templates.content import Block, Picture
from email_templates.language import LANGUAGES
from email_templates.texts import TEMPLATES
from tests.factories.emails import PICTURES, blocks_in

FORMS: tuple[Form, ...] = ("page", "mail", "text")
HOSTILE = '<script>x</script>"&'


def test_every_block_has_its_three_files() -> None:
    folders = {path.name: {file.name for file in path.iterdir()} for path in (TEMPLATES / "blocks").glob("[a-z]*")}
    assert folders == {kind: {"page.html", "mail.html", "mail.txt"} for kind in FIELDS}


def test_the_examples_use_every_block() -> None:
    assert {block["type"] for block in blocks_in("en")} == set(FIELDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_block_is_drawn_in_every_form_and_language(form: Form, language: str) -> None:
    for block in blocks_in(language):
        assert render_blocks([block], form, language, pictures=PICTURES)


def test_html_is_marked_as_safe_and_text_is_not() -> None:
    assert isinstance(render_blocks(blocks_in("en"), "page", "en", pictures=PICTURES), Markup)
    assert not isinstance(render_blocks(blocks_in("en"), "text", "en", pictures=PICTURES), Markup)


@pytest.mark.parametrize("kind", [kind for kind in FIELDS if kind not in {"picture", "divider"}])
def test_a_page_names_each_block_by_its_class(kind: str) -> None:
    block = next(each for each in blocks_in("en") if each["type"] == kind)
    (drawn,) = lxml_html.fragments_fromstring(render_blocks([block], "page", "en"))
    assert {"block", f"block-{kind}"} <= set(drawn.classes)


def test_a_picture_stands_in_a_figure_with_its_caption_and_credit() -> None:
    block = {"type": "picture", "media": "m", "alt": "A harbour", "caption": "At dusk", "credit": "R. Dahl"}
    (figure,) = lxml_html.fragments_fromstring(
        render_blocks([block], "page", "en", pictures={"m": Picture("/media/m.jpg", 1200, 675)}),
    )
    image = figure.find("img")
    assert figure.tag == "figure"
    assert image is not None
    assert (image.get("src"), image.get("alt"), image.get("width")) == ("/media/m.jpg", "A harbour", "1200")
    assert " ".join("".join(figure.find("figcaption").itertext()).split()) == "At dusk Picture: R. Dahl"


def test_a_picture_without_a_caption_still_has_its_credit() -> None:
    block = {"type": "picture", "media": "harbour", "alt": "A", "caption": "", "credit": "R. Dahl"}
    assert render_blocks([block], "text", "en", pictures=PICTURES) == "[A]\nPicture: R. Dahl"


@pytest.mark.requirement("W-12")
@pytest.mark.parametrize(
    "block",
    [
        {"type": "heading", "text": HOSTILE, "level": 2},
        {"type": "text", "html": HOSTILE},
        {"type": "picture", "media": "harbour", "alt": HOSTILE, "caption": HOSTILE, "credit": HOSTILE},
        {"type": "quotation", "text": HOSTILE, "source": HOSTILE},
        {"type": "list", "ordered": True, "items": [HOSTILE]},
        {"type": "button", "text": HOSTILE, "url": "https://x.test/?a=1&b=2"},
        {"type": "question", "text": HOSTILE, "link_text": HOSTILE, "url": "https://x.test"},
        {"type": "video", "title": HOSTILE, "url": "https://x.test"},
    ],
    ids=lambda block: str(block["type"]),
)
@pytest.mark.parametrize("form", ["page", "mail"])
def test_what_was_stored_before_a_rule_existed_is_made_safe_when_it_is_drawn(block: Block, form: Form) -> None:
    assert "<script" not in render_blocks([block], form, "en", pictures=PICTURES)


def test_the_act_leads_where_the_page_or_the_mailing_says() -> None:
    blocks = (
        {"type": "button", "text": "Sign", "url": "act"},
        {"type": "text", "html": '<p>Or <a href="act">sign here</a>.</p>'},
    )
    links = {"act": "https://x.test/?a=1&b=2"}
    assert render_blocks(blocks, "page", "en", links=links).count('href="https://x.test/?a=1&amp;b=2"') == 2
    assert render_blocks(blocks, "text", "en", links=links) == (
        "Sign:\nhttps://x.test/?a=1&b=2\n\nOr sign here (https://x.test/?a=1&b=2)."
    )


def test_a_button_to_an_act_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ActMissing):
        render_blocks([{"type": "button", "text": "Sign", "url": "act"}], "page", "en")


def test_a_picture_that_is_not_there_is_named() -> None:
    with pytest.raises(PictureMissing, match="harbour"):
        render_blocks(blocks_in("en"), "page", "en")


def test_text_without_html_reads_as_a_letter_does() -> None:
    blocks = (
        {"type": "heading", "text": "Why", "level": 2},
        {"type": "list", "ordered": True, "items": ["one", "two"]},
        {"type": "quotation", "text": "Let them\ngo home", "source": "Open Door"},
        {"type": "video", "title": "The arrest", "url": "https://v.test/1"},
        {"type": "divider"},
    )
    assert render_blocks(blocks, "text", "en") == (
        "Why\n\n1. one\n2. two\n\n    Let them\n    go home\n    — Open Door\n\n"
        "Watch: The arrest\nhttps://v.test/1\n\n* * *"
    )
