"""The block editor of the desk as its writers have it: texts that look as they will, blocks that move, and no mouse."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.factories.browsing import Window
from tests.factories.looking import AXE, take_picture, violations
from tests.factories.stage import RunningStage

pytestmark = [pytest.mark.browser]

# As Word 365 puts it on the clipboard.
FROM_WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm; font-family:"Calibri"} -->
</style></head><body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1 style='mso-style-next:Normal'><span lang=EN-US style='mso-ansi-language:EN-US'>What happened<o:p></o:p></span></h1>
<p class=MsoNormal><b style='mso-bidi-font-weight:normal'><span lang=EN-US style='color:red'>She</span></b><span
lang=EN-US> was <span style='font-style:italic'>jailed</span>, says <a href="https://example.org/a"
style='color:blue'>her lawyer</a>.<o:p></o:p></span></p>
<p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>One<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·<span>&nbsp;</span></span><![endif]>Two<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>
Three<o:p></o:p></p><table class=MsoTableGrid style='border:none'><tr><td>
<p class=MsoNormal>In a cell<o:p></o:p></p></td></tr></table><img src="file:///C:/x.png"><script>x()</script><!--EndFragment--></body></html>"""
CLEAN = (
    '<p>What happened</p><p><strong>She</strong> was <em>jailed</em>, says <a href="https://example.org/a">her lawyer'
    "</a>.</p><ul><li>One</li><li>Two</li></ul><ol><li>Three</li></ol><p>In a cell</p>"
)
PASTE = """(area, html) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", "plain");
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


class Writer:
    """Somebody at the words of a new page of theirs."""

    def __init__(self, window: Window) -> None:
        self.window, self.page = window, window.page
        self.page.goto("/desk/pages/new")
        self.page.locator("[name=title]").fill("Free Sokha Example")
        self.page.locator("[name=country]").select_option("KH")
        self.page.get_by_role("button", name="Begin the page").click()
        self.path = self.page.url.split("?")[0]
        self.open()

    def open(self) -> None:
        self.page.goto(f"{self.path}/words/en")

    def add(self, kind: str) -> Locator:
        self.page.locator(f"[data-blocks] > p [value='story:add:{kind}']").click()
        return self.page.locator(".desk-block").last

    def write(self, words: str = "") -> Locator:
        """In a text of its own."""
        area = self.add("text").get_by_role("textbox", name="Text", exact=True)
        expect(area).to_be_focused()
        self.page.keyboard.type(words)
        return area

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save the words", exact=True).last.click()
        expect(self.page).to_have_url(re.compile("done=words"))

    def kinds(self) -> list[str]:
        return [one.split(". ")[1] for one in self.page.locator(".desk-block legend").all_inner_texts()]

    def story(self) -> str:
        """As readers will have it."""
        self.page.goto(f"{self.path}/preview/frame?lang=en")
        return self.page.locator(".story").first.inner_html()

    def said(self, words: str) -> None:
        expect(self.page.locator("[data-said]")).to_have_text(words)


@pytest.fixture(scope="module")
def cookies(stage: RunningStage, browser: Browser) -> Any:
    link = stage.command("staff", "open", "editor@open-door.test").strip().splitlines()[-1]
    window = Window(browser, stage.base_url)
    window.page.goto(link)
    window.page.get_by_role("button", name="Open the desk").click()
    window.page.wait_for_url("**/desk")
    kept = window.context.cookies()
    window.close()
    return kept


@pytest.fixture
def begin(open_window: Callable[..., Window], cookies: Any) -> Callable[..., Writer]:
    def begun(*, scripts: bool = True) -> Writer:
        window = open_window(width=1280, scripts=scripts)
        window.context.add_cookies(cookies)
        return Writer(window)

    return begun


def test_a_text_is_written_with_the_keyboard_alone_and_stands_on_the_page(begin: Callable[..., Writer]) -> None:
    me = begin()
    me.write("Dear {{first_name}}, see ")
    me.press("Control+k")
    me.page.keyboard.type("nonsense x")
    me.press("Enter")
    expect(me.page.get_by_text("A link begins with https://")).to_be_visible()
    me.press("Control+a")
    me.page.keyboard.type("example.org/a")
    me.press("Enter")
    me.page.keyboard.type(" now. ")
    me.press("Control+b")
    me.page.keyboard.type("Bold")
    me.press("Control+b", "Enter", "Control+Shift+8")
    me.page.keyboard.type("one")
    me.press("Enter")
    me.page.keyboard.type("two")
    me.press("Enter", "Enter")
    me.page.keyboard.type("2014. **She** said ខេមរា")
    mark_last_word_as_khmer(me)
    me.press("Tab")
    expect(me.page.locator(".desk-block").last.get_by_role("button", name="Up")).to_be_focused()
    take_picture(me.page, "editor")
    assert violations(me.page, AXE) == []
    me.save()
    assert (
        '<p>Dear {{first_name}}, see <a href="https://example.org/a">example.org/a</a> now. <strong>Bold</strong></p>'
        '<ul><li>one</li><li>two</li></ul><p>2014. **She** said <span lang="km" dir="ltr">ខេមរា</span></p>'
    ) in me.story()
    assert me.window.complaints == []


def mark_last_word_as_khmer(me: Writer) -> None:
    """By the buttons above the text, which are one stop of the Tab key."""
    me.press("Control+Shift+ArrowLeft", "Alt+F10", "End", "ArrowLeft", "ArrowLeft", "Enter")
    expect(me.page.get_by_role("combobox", name="Language of these words")).to_be_focused()
    me.press("End", "Enter")
    expect(me.page.locator(".rich-area").last).to_be_focused()


def test_what_comes_from_word_is_clean(begin: Callable[..., Writer]) -> None:
    me = begin()
    area = me.write()
    area.evaluate(PASTE, FROM_WORD)
    expect(area).to_contain_text("In a cell")
    me.save()
    assert CLEAN in me.story()
    assert me.window.complaints == []


def test_words_in_another_language_are_still_marked_after_an_edit(begin: Callable[..., Writer]) -> None:
    me = begin()
    me.write().evaluate(PASTE, '<p>In <span lang="my" dir="ltr">မြန်မာ</span> and <bdi>so</bdi> on</p>')
    me.save()
    me.open()
    me.page.locator(".rich-area").last.click()
    me.press("Control+End")
    me.page.keyboard.type(" and on")
    me.save()
    assert '<p>In <span lang="my" dir="ltr">မြန်မာ</span> and <bdi>so</bdi> on and on</p>' in me.story()


def test_blocks_move_by_buttons_and_by_the_mouse(begin: Callable[..., Writer]) -> None:
    me = begin()
    me.write("Moved")
    me.add("divider")
    began = me.kinds()
    assert began[-2:] == ["Text", "Line"]
    up = me.page.locator(f"#story-{len(began) - 2}-up")
    up.click()
    expect(up).to_be_focused()
    me.said(f"Text, now {len(began) - 2} of {len(began)}.")
    while me.kinds()[1] != "Text":
        me.press("Enter")
    handles = me.page.locator(".desk-block-handle")
    carry(me.page, handles.nth(1), handles.first)
    assert me.kinds() == ["Text", *(kind for kind in began if kind != "Text")]
    me.said(f"Text, now 1 of {len(began)}.")
    me.save()
    me.open()
    assert me.kinds()[0] == "Text"
    assert me.page.locator(".rich-area").inner_text() == "Moved"
    assert me.window.complaints == []


def carry(page: Page, handle: Locator, to: Locator) -> None:
    to.scroll_into_view_if_needed()
    handle.hover()
    page.mouse.down()
    place = to.bounding_box()
    assert place is not None
    for step in (40, 0, -10):
        page.mouse.move(place["x"] + 10, place["y"] + step, steps=4)
    page.mouse.up()


def test_a_block_that_was_taken_out_comes_back_where_it_was(begin: Callable[..., Writer]) -> None:
    me = begin()
    me.write("Kept")
    me.add("divider")
    me.page.locator(".desk-block").nth(-2).get_by_role("button", name="Remove").click()
    assert me.kinds()[-1] == "Line"
    assert "Text" not in me.kinds()
    me.press("Enter")
    assert me.kinds()[-2:] == ["Text", "Line"]
    expect(me.page.locator(".desk-block").nth(-2).get_by_role("button", name="Remove")).to_be_focused()
    me.save()
    assert "<p>Kept</p>" in me.story()


def test_without_scripts_a_text_is_markdown(begin: Callable[..., Writer]) -> None:
    me = begin(scripts=False)
    me.add("text").get_by_label("Text", exact=True).fill("She is **well**.")
    me.add("divider")
    me.page.locator(".desk-block").last.get_by_role("button", name="Up").click()
    assert me.kinds()[-2:] == ["Line", "Text"]
    assert not me.page.locator(".desk-block-handle").first.is_visible()
    me.save()
    assert "<p>She is <strong>well</strong>.</p>" in me.story()
