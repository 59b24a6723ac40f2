import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_templates.merging import (
    GREETING,
    MergeField,
    MissingMergeValue,
    Slot,
    UnknownPlaceholder,
    cut,
    fill,
    fill_shared,
    greeting,
    link_in,
    merge_fields_in,
    sentinel,
    unknown_placeholders,
    value_in,
    with_sentinels,
)
from email_templates.texts import Rendered


def rendered(text: str) -> Rendered:
    return Rendered(subject=text, text=text, html=f'<a href="{text}">{text}</a>')


@given(
    name=st.text(st.characters(codec="utf-8", exclude_characters="|")),
    fallback=st.text(st.characters(codec="utf-8")),
)
def test_a_sentinel_is_alphanumeric_and_says_what_it_stands_for(name: str, fallback: str) -> None:
    made = sentinel(name, fallback)
    assert made.isascii()
    assert made.isalnum()
    assert merge_fields_in(rendered(f"a{made}b")) == {MergeField(name, fallback)}


def test_each_place_gets_the_value_in_its_own_writing() -> None:
    filled = fill(rendered(sentinel("act")), {"act": "https://a.test/?x=1&y='2'"})
    assert filled.subject == filled.text == "https://a.test/?x=1&y='2'"
    address = "https://a.test/?x=1&amp;y=&#x27;2&#x27;"
    assert filled.html == f'<a href="{address}">{address}</a>'


def test_a_name_cannot_become_markup_or_another_value() -> None:
    hostile = f"<img src=x onerror=alert(1)>{sentinel('act')}{{{{act}}}}"
    filled = fill(rendered(sentinel("first_name")), {"first_name": hostile, "act": "https://secret.test"})
    assert filled.html is not None
    assert "<img" not in filled.html
    assert "secret" not in filled.html + filled.text


@pytest.mark.requirement("L-03")
def test_a_name_cannot_break_the_subject_line() -> None:
    filled = fill(rendered(f"Dear {sentinel('first_name')}"), {"first_name": "Ada\r\nBcc: x@y.test"})
    assert filled.subject == "Dear Ada Bcc: x@y.test"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x85", "\u2028", "\x0b", "\0"])
def test_a_value_is_one_line_wherever_it_stands(end: str) -> None:
    filled = fill(rendered(sentinel("first_name")), {"first_name": f" Ada{end}Bcc: x "})
    assert filled.text.split() == ["Ada", "Bcc:", "x"]
    assert len(filled.text.splitlines()) == len((filled.html or "").splitlines()) == 1
    assert filled.text == filled.text.strip()


def test_words_are_cut_into_what_stands_between_the_slots() -> None:
    texts, slots = cut(f"Dear {sentinel('first_name', 'friend')}{sentinel('act')}")
    assert texts == ["Dear ", "", ""]
    assert slots == [Slot(MergeField("first_name", "friend")), Slot(MergeField("act"))]
    assert cut("no slot") == (["no slot"], [])


@pytest.mark.parametrize(
    ("before", "is_part"),
    [
        ("https://a.test/?q=", True),
        ("HTTP://a.test/", True),
        ('<a href="mailto:x@a.test?subject=', True),
        (f"https://a.test/{sentinel('country')}/", True),
        ('<a href="', False),
        ("https://a.test/ ", False),
        ('<a href="https://a.test/">', False),
        ("(see https://a.test)\n", False),
        ("", False),
    ],
)
def test_a_value_is_percent_encoded_where_an_address_has_begun(before: str, *, is_part: bool) -> None:
    _, slots = cut(f"{before}{sentinel('first_name')}")
    assert slots[-1].in_address is is_part
    assert value_in(slots[-1], {"first_name": "A/ é"}) == ("A%2F%20%C3%A9" if is_part else "A/ é")


@pytest.mark.parametrize("url", ["{{browser}}", "{{ browser }}", "%7B%7Bbrowser%7D%7D"])
def test_a_link_may_lead_where_a_placeholder_says(url: str) -> None:
    assert link_in(url) == "{{browser}}"
    assert link_in(sentinel("act")) == sentinel("act")


@pytest.mark.parametrize(
    "url", ["{{first_name}}", "{{count}}", "x{{act}}", "{{act}}x", "{{act|http://x}}", sentinel("country"), "", "act"]
)
def test_no_other_value_is_an_address(url: str) -> None:
    assert link_in(url) is None


def test_what_is_the_same_for_all_is_put_in_first_and_the_rest_stays() -> None:
    title, name, other = sentinel("page_title"), sentinel("first_name", "friend"), sentinel("first_name")
    shared = fill_shared(rendered(f"{title} {name}{other}"), {"page_title": "<b>Her</b> & me"})
    assert shared.subject == shared.text == f"<b>Her</b> & me {name}{other}"
    assert (shared.html or "").count(f"&lt;b&gt;Her&lt;/b&gt; &amp; me {name}{other}") == 2
    assert fill_shared(rendered(f"https://a.test/?t={title}&n={name}"), {"page_title": "A B"}).text == (
        f"https://a.test/?t=A%20B&n={name}"
    )


def test_a_fallback_stands_in_for_a_name_we_do_not_know() -> None:
    assert fill(rendered(sentinel("first_name", "friend")), {"first_name": ""}).text == "friend"


def test_a_value_that_is_missing_stops_the_mail() -> None:
    with pytest.raises(MissingMergeValue, match="act"):
        fill(rendered(sentinel("act")), {})


def test_a_plain_text_mail_has_no_html_to_fill() -> None:
    assert fill(Rendered("s", sentinel("count"), None), {"count": "12"}) == Rendered("s", "12", None)


def test_what_a_campaigner_writes_becomes_a_value() -> None:
    merged = with_sentinels("Dear {{ first_name | reader }}, {{count}} of us", "en")
    filled = fill(rendered(merged), {"count": "12"})
    assert filled.text == "Dear reader, 12 of us"


@pytest.mark.parametrize(("language", "expected"), [("en", "friend"), ("ar", "صديقنا"), ("km", "មិត្ត")])
def test_a_name_without_a_fallback_gets_the_usual_one_of_the_language(language: str, expected: str) -> None:
    assert fill(rendered(with_sentinels("{{first_name}}", language)), {}).text == expected


def test_a_fallback_that_came_out_of_html_is_escaped_once() -> None:
    filled = fill(Rendered("s", "t", with_sentinels("<p>{{first_name|you &amp; yours}}</p>", "en")), {})
    assert filled.html == "<p>you &amp; yours</p>"


@pytest.mark.requirement("W-11")
@pytest.mark.parametrize("text", ["{{7*7}}", "{% for x in y %}", "{{config}}", "{{ ''.__class__ }}", "{# x #}"])
def test_campaigners_text_is_never_run(text: str) -> None:
    assert with_sentinels(text, "en") == text


@pytest.mark.requirement("W-11")
def test_an_unknown_placeholder_is_named_with_its_line() -> None:
    text = "Dear {{first_name}},\n\n{{frist_name}} and {{ act }}\n{{7*7}}"
    assert unknown_placeholders(text) == [UnknownPlaceholder("frist_name", 3), UnknownPlaceholder("7*7", 4)]


def test_only_what_is_on_the_list_may_be_asked_for() -> None:
    assert unknown_placeholders(f"{{{{{GREETING}}}}}") == [UnknownPlaceholder(GREETING, 1)]


def test_the_greeting_is_by_name_where_we_know_one() -> None:
    assert greeting("Ada", "en") == "Dear Ada,"
    assert greeting("", "en") == "Dear friend,"
