from flask import Flask

from actions.letters.postal import PostalAddress
from actions.letters.prefilling import paper_form
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_embassies, make_page, make_target


def test_on_its_way_to_paper_everything_comes_along(app: Flask) -> None:
    make_organisation()
    make_list()
    target = make_target()
    page = make_page(targets=[target])
    typed = {"street": "1 Elm St", "city": "Bonn", "paper": "us-letter", "body": "One\n\nTwo", "target": "ambassador"}
    with app.test_request_context(method="POST", data=typed | {"by": "email"}):
        form = paper_form(page, "en")
    assert not form.by_email
    assert form.sheet("a4") == "us-letter"
    assert form.postal_address() == PostalAddress(street="1 Elm St", city="Bonn")
    carried = form.carried(target, "token")
    assert (carried["body"], carried["target"], carried["posting"]) == ("One\n\nTwo", "ambassador", "token")
    assert "email" not in carried


def test_each_letter_comes_along_in_its_own_language(app: Flask) -> None:
    make_organisation()
    make_list()
    page = make_embassies()
    typed = {"country": "EG", "letter": "ar", "target": "minister", "body": "كلماتي.", "body_en": "My own words."}
    with app.test_request_context(method="POST", data=typed):
        form = paper_form(page, "en")
    (minister,) = form.chosen
    assert form.carried(minister, "")["body_en"] == "My own words."
    assert form.words_for(minister).body == "My own words."
