from dataclasses import replace

import pytest
from sqlalchemy import func, select

from actions.actors import OPERATOR
from actions.extensions import db
from actions.organisation.models import Organisation
from actions.organisation.operations import (
    OrganisationDetails,
    OrganisationRefused,
    problems_of,
    save_organisation,
    save_sender,
)

DETAILS = OrganisationDetails(
    name="Open Door Fund",
    postal_lines=["100 Example Street", "San Francisco"],
    contact_email="hello@open-door.test",
    data_protection="privacy@open-door.test",
    supervisory_authority="the authority where you live",
    country="US",
    networks=[{"name": "Mastodon", "url": "https://example.org/@door"}],
)


@pytest.mark.usefixtures("app")
def test_there_is_one_organisation_however_often_it_is_saved() -> None:
    save_organisation(DETAILS, by=OPERATOR)
    save_organisation(replace(DETAILS, name="Open Doors"), by=OPERATOR)
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert db.session.scalars(select(Organisation.name)).one() == "Open Doors"


@pytest.mark.usefixtures("app")
@pytest.mark.requirement("B-39", "C-35")
def test_one_that_could_not_say_who_sends_is_refused() -> None:
    with pytest.raises(OrganisationRefused) as refused:
        save_organisation(replace(DETAILS, postal_lines=[], supervisory_authority=""), by=OPERATOR)
    assert refused.value.problems == ["it needs a postal address", "it needs an authority that readers can complain to"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"contact_email": "nobody"}, "its contact address is not one"),
        ({"default_language": "xx"}, "its language is not one of en, ar, km"),
        ({"donation_url": "javascript:alert(1)"}, "'javascript:alert(1)' does not begin with https:// or http://"),
        ({"networks": [{"name": "x", "url": "data:x"}]}, "'data:x' does not begin with https:// or http://"),
    ],
)
def test_each_fault_has_a_sentence(change: dict[str, object], problem: str) -> None:
    assert problems_of(replace(DETAILS, **change)) == [problem]  # type: ignore[arg-type]  # one field each, as the table says


@pytest.mark.usefixtures("app")
def test_each_lane_has_one_sender() -> None:
    save_sender("bulk", "Open Door Fund", "news@news.open-door.test", None, by=OPERATOR)
    sender = save_sender("bulk", "Open Door", "news@news.open-door.test", "hello@open-door.test", by=OPERATOR)
    assert (sender.name, sender.reply_to) == ("Open Door", "hello@open-door.test")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("name", "address"),
    [("", "a@b.test"), ("A\r\nBcc: x", "a@b.test"), ("A", "no address"), ("A", "a@b.test\r\nBcc: x")],
)
def test_a_sender_that_no_header_can_hold_is_refused(name: str, address: str) -> None:
    with pytest.raises(OrganisationRefused):
        save_sender("now", name, address, None, by=OPERATOR)
