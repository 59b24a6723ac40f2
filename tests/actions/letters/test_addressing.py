import pytest
from flask import Flask
from wtforms import Form as AnyForm
from wtforms import StringField

from actions.letters.addressing import LetterTo, Part
from actions.letters.aids import Aids
from actions.letters.wording import suggested
from actions.pages.privacy import Named
from email_templates.language import LANGUAGES
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page, make_target


class Form(AnyForm):  # type: ignore[misc]  # WTForms publishes no types
    body = StringField()
    body_km = StringField()


@pytest.mark.parametrize(("field", "end"), [("body", ""), ("body_km", "_km")])
def test_one_has_an_address_on_the_sheet_and_several_have_none(app: Flask, field: str, end: str) -> None:
    make_organisation()
    one, other = make_target(), make_target("other")
    page = make_page(targets=[one])
    said = suggested(page, one, "en")
    form, aids = Form(), Aids(said.model, "", "")
    for targets, lines in (([one], one.lines), ([one, other], ()), ([], ())):
        part = Part(LANGUAGES["en"], form[field], form[field], targets, "", (), aids)
        assert (part.lines, part.end) == (lines, end)
    to = LetterTo(page.slug, page.id, "Free her", False, [one], one, said, Named("", ""))  # noqa: FBT003  # not flagged
    assert to.suggestion_for(other) is said
