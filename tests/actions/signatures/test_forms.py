import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.consents.models import ConsentPurpose
from actions.consents.queries import text_for
from actions.pages.privacy import Named
from actions.signatures.forms import LONGEST_COMMENT, ConsentTexts, SignForm
from actions.signatures.models import ShowName
from actions.tokens import Purpose, tokens
from tests.factories.organisation import make_organisation

PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE"}
PAGE, LIST = 7, 3


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


def form(*, proven: bool = False, known: dict[str, str] | None = None, **typed: str) -> SignForm:
    values = {"stamp": tokens.sign(Purpose.FORM, "sign:free-her")} | typed
    return SignForm(
        MultiDict(values),
        language="en",
        slug="free-her",
        page_id=PAGE,
        list_id=LIST,
        texts=ConsentTexts(
            sign=text_for(ConsentPurpose.SIGN, "en"),
            show_name=text_for(ConsentPurpose.SHOW_NAME, "en"),
            case_news=text_for(ConsentPurpose.CASE_NEWS, "en"),
            list=text_for(ConsentPurpose.LIST, "en"),
        ),
        named=Named("", ""),
        proven=proven,
        known=known or {},
    )


@pytest.mark.requirement("C-32")
def test_signing_needs_no_box_and_hides_the_name_unless_it_was_chosen_otherwise() -> None:
    made = form(**PERSON)
    assert made.validate()
    wish = made.wish()
    assert (wish.first_name, wish.last_name, wish.country) == ("Ann", "Lee", "DE")
    assert (wish.show_name, wish.ticked) == (ShowName.HIDDEN, ())


@pytest.mark.requirement("C-32")
def test_each_box_is_a_consent_of_its_own_and_about_its_own_thing() -> None:
    made = form(**PERSON, news="y", join="y", show_name="full")
    assert made.validate()
    ticked = {(one.purpose, one.page_id, one.list_id) for one in made.wish().ticked}
    assert ticked == {
        (ConsentPurpose.SHOW_NAME, PAGE, None),
        (ConsentPurpose.CASE_NEWS, PAGE, None),
        (ConsentPurpose.LIST, None, LIST),
    }


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [("full", ShowName.FULL), ("initials", ShowName.INITIALS), ("hidden", ShowName.HIDDEN), ("on", ShowName.FULL)]
    + [(nonsense, ShowName.HIDDEN) for nonsense in ("", "everything", "FULL")],
)
def test_a_name_is_shown_as_was_chosen_and_hidden_in_doubt(chosen: str, shown: ShowName) -> None:
    made = form(**PERSON, show_name=chosen)
    assert made.validate()
    assert made.wish().show_name is shown


@pytest.mark.parametrize("missing", ["email", "first_name", "last_name", "country"])
def test_what_the_petition_needs_must_be_written(missing: str) -> None:
    made = form(**(PERSON | {missing: ""}))
    assert not made.validate()
    assert list(made.errors) == [missing]


def test_a_comment_has_its_length_and_no_control_characters() -> None:
    assert form(**PERSON, comment="Because.\r\nFreedom.").validate()
    for comment in ("x" * (LONGEST_COMMENT + 1), "a\0b"):
        made = form(**PERSON, comment=comment)
        assert not made.validate()
        assert list(made.errors) == ["comment"]


def test_a_proven_mailbox_is_not_asked_for_and_what_is_known_cannot_be_typed_over() -> None:
    proven = form(proven=True, first_name="Ann", last_name="Lee", country="DE")
    assert proven.validate()
    assert "email" not in proven
    known = form(known={"first_name": "Ann", "last_name": "Lee", "email": "x"}, country="DE", first_name="Eve")
    assert known.validate()
    assert (known.wish().first_name, known.wish().last_name) == ("Ann", "Lee")
