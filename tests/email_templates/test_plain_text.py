from email_templates.plain_text import text_of


def test_a_link_brings_its_address() -> None:
    html = '<p>Read <a href="https://x.test/?a=1&amp;b=2">the report</a>.</p>'
    assert text_of(html) == "Read the report (https://x.test/?a=1&b=2)."


def test_an_address_that_is_its_own_text_stands_once() -> None:
    assert text_of('<a href="https://x.test/">https://x.test/</a>') == "https://x.test/"
    assert text_of('<a href="mailto:a@b.test">a@b.test</a>') == "a@b.test"


def test_a_link_without_an_address_is_its_words() -> None:
    assert text_of("<a>words</a>") == "words"


def test_an_address_with_markup_in_it_stays_text() -> None:
    assert text_of('<a href="https://x.test/?q=%3Cb%3E&amp;lt;">x</a>') == "x (https://x.test/?q=%3Cb%3E&lt;)"


def test_an_ampersand_in_an_address_is_not_read_as_a_character() -> None:
    html = '<p>Tom &amp;amp; co: <a href="https://x.test/?a=1&amp;copy=2&amp;lt=3">x</a></p>'
    assert text_of(html) == "Tom &amp; co: x (https://x.test/?a=1&copy=2&lt=3)"


def test_paragraphs_lines_lists_and_quotations_keep_their_shape() -> None:
    html = "<p>One<br>two</p><p>Three</p><ul><li>a</li><li>b</li></ul><blockquote>Quoted</blockquote><p>End</p>"
    assert text_of(html) == "One\ntwo\n\nThree\n\n  * a\n  * b\n\n    Quoted\n\nEnd"


def test_other_scripts_come_through() -> None:
    assert text_of("<p>ខេមរា</p><p>مرحبا</p>") == "ខេមរា\n\nمرحبا"
