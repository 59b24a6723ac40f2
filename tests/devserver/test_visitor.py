import pytest

from devserver.visitor import Answer, JourneyFailed, Mail, Visitor, forms_in

PAGE = """
<form action="/a/x/sign"><input type="hidden" name="stamp" value="s"><input name="email" value="">
<input type="checkbox" name="join" value="y"><input type="radio" name="show" value="full">
<input type="radio" name="show" value="hidden" checked>
<select name="country"><option value="">Choose</option><option value="DE" selected>Germany</option></select>
<textarea name="body">Dear
you &amp; all</textarea></form>
<form action="/join"><input name="email"></form><input name="stray" value="1">
"""


def test_forms_are_read_as_a_browser_would_send_them() -> None:
    assert forms_in(PAGE) == [
        (
            "/a/x/sign",
            {"stamp": "s", "email": "", "show": "hidden", "country": "DE", "body": "Dear\nyou & all"},
        ),
        ("/join", {"email": ""}),
    ]


def test_a_page_without_the_form_fails_with_a_sentence() -> None:
    page = Answer(200, "http://localhost/x", PAGE.encode(), {})
    with pytest.raises(JourneyFailed, match="has no form that goes to /leave"):
        Visitor("http://localhost").submit(page, "/leave")
    with pytest.raises(JourneyFailed, match="should say"):
        page.must_say("Thank you")


def test_a_mail_gives_its_link_by_path() -> None:
    mail = Mail("Hello", "ann@people.test", "", ["http://localhost/c/abc", "http://localhost/p/x"], {})
    assert mail.link("/p/") == "http://localhost/p/x"
    with pytest.raises(JourneyFailed):
        mail.link("/t/")


def test_every_visitor_has_an_address_of_their_own() -> None:
    assert Visitor("http://localhost").email != Visitor("http://localhost").email
