import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.organisation.colours import ENOUGH, contrast
from actions.organisation.models import Organisation
from actions.organisation.operations import OrganisationDetails, save_organisation, save_sender
from actions.organisation.queries import (
    NoOrganisation,
    letterhead,
    organisation_view,
    sender_of,
    the_organisation,
    words_in,
)
from email_templates.catalogue import Logo


@pytest.fixture
def organisation(app: Flask) -> Organisation:
    details = OrganisationDetails(
        name="Open Door Fund",
        postal_lines=["100 Example Street", "San Francisco"],
        contact_email="hello@open-door.test",
        data_protection="privacy@open-door.test",
        supervisory_authority="the authority where you live",
        country="US",
        networks=[{"name": "Mastodon", "url": "https://example.org/@door"}],
        wordings={"en": {"about": "We stand by."}, "km": {"name": "មូលនិធិទ្វារបើកចំហ", "supervisory_authority": "អាជ្ញាធរ"}},
    )
    return save_organisation(details, by=OPERATOR)


@pytest.mark.usefixtures("app")
def test_before_the_first_set_up_an_error_page_can_be_shown() -> None:
    assert organisation_view("en") is None
    with pytest.raises(NoOrganisation):
        the_organisation()


def test_it_speaks_the_readers_language_where_there_are_words(organisation: Organisation) -> None:
    view = organisation_view("km")
    assert view is not None
    assert (view.name, view.supervisory_authority) == ("មូលនិធិទ្វារបើកចំហ", "អាជ្ញាធរ")
    assert view.networks == (("Mastodon", "https://example.org/@door"),)
    assert words_in(organisation, "ar") == {"about": "We stand by."}


@pytest.mark.requirement("B-39")
def test_the_head_of_every_email_says_who_and_where(organisation: Organisation) -> None:
    head = letterhead("ar")
    assert head.name == organisation.name
    assert head.postal_address == ("100 Example Street", "San Francisco")
    assert letterhead("km").name == "មូលនិធិទ្វារបើកចំហ"


def test_the_head_of_every_email_looks_like_the_organisation(organisation: Organisation) -> None:
    assert letterhead("en").logo is None
    organisation.logo, organisation.logo_width, organisation.logo_height = "ab" * 32, 1600, 400
    organisation.colour = "#5b2c83"
    db.session.flush()
    head = letterhead("en")
    assert head.logo == Logo(url=f"http://localhost:8000/media/{'ab' * 32}.jpg", width=160, height=40)
    assert head.colour == "#5b2c83"
    assert contrast(head.colour_in_the_dark, "#1d1a16") >= ENOUGH


def test_a_logo_is_never_blown_up(organisation: Organisation) -> None:
    organisation.logo, organisation.logo_width, organisation.logo_height = "ab" * 32, 30, 20
    db.session.flush()
    logo = letterhead("en").logo
    assert logo is not None
    assert (logo.width, logo.height) == (30, 20)


def test_each_lane_has_its_sender(organisation: Organisation) -> None:
    save_sender("letters", organisation.name, "letters@letters.open-door.test", None, by=OPERATOR)
    assert sender_of("letters").address == "letters@letters.open-door.test"
