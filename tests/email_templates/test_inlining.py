import re

import css_inline
import pytest
from lxml import html as lxml_html

from email_templates.inlining import TemplateBroken, inline, inline_template
from email_templates.language import LANGUAGES
from email_templates.rendering import render
from tests.factories.emails import alert

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>t</title><style>
.p { color: #111111; margin: 0 0 8px; }
@media (prefers-color-scheme: dark) { .p { color: #eeeeee !important; } }
</style></head>
<body>CONTENT</body></html>"""


def page(content: str) -> str:
    return PAGE.replace("CONTENT", content)


def declarations(style: str) -> dict[str, str]:
    """Of a style attribute: a later declaration wins, and spaces say nothing."""
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return {name.strip(): re.sub(r"[\s'\"]", "", value) for name, value in pairs}


# css-inline alone takes :root for the html element, which has no style of its own here.
def styles(html: str) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (str(each.tag), each.get("class", ""), declarations(each.get("style", "")))
        for each in lxml_html.fromstring(html).iter("*")
        if each.tag != "html" and (each.get("class") or each.get("style"))
    ]


def test_css_goes_into_the_elements_and_dark_mode_stays_in_the_head() -> None:
    inlined = inline(page('<p class="p">Hello</p>'))
    assert '<p class="p" style="color:#111; margin:0 0 8px">Hello</p>' in inlined
    assert "@media (prefers-color-scheme: dark) { .p { color: #eeeeee !important; } }" in inlined


def test_the_doctype_stays() -> None:
    assert inline(page("")).startswith("<!DOCTYPE html>")


def test_links_inside_the_mail_and_widths_stay_as_they_were() -> None:
    assert '<a href="#story">' in inline(page('<a href="#story">x</a>'))
    assert '<img src="https://a.test/x.png" width="40" alt="">' in inline(
        page('<img src="https://a.test/x.png" width="40" alt="">'),
    )


def test_a_template_keeps_its_values_and_statements_where_they_stood() -> None:
    source = page(
        '{% if a > b %}<table><tr>{% for x in y %}<td class="p"><a href="{{ url }}">{{ _("Say “x” & <y>") }}</a></td>'
        "{% endfor %}</tr></table>{% endif %}",
    )
    inlined = inline_template(source)
    assert '<a href="{{ url }}">{{ _("Say “x” & <y>") }}</a>' in inlined
    codes = re.compile(r"\{[{%].*?[}%]\}")
    assert codes.findall(inlined) == codes.findall(source)


def test_a_template_that_inlining_would_break_is_refused() -> None:
    with pytest.raises(TemplateBroken):
        inline_template(page('<img {% if wide %} width="9" {% endif %} alt="">'))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_inliner_comes_to_the_same_styles(language: str) -> None:
    rendered = render(alert(language))
    assert rendered.html is not None
    bare = re.sub(r" style=(\"[^\"]*\"|'[^']*')", "", rendered.html)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    assert styles(rendered.html) == styles(inliner.inline(bare))
