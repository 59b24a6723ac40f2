from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_user

from actions import clock
from actions.extensions import db
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.staff.zones import (
    NotOneMoment,
    is_zone,
    local_time,
    moment_of,
    my_zone,
    spoken,
    spoken_day,
    zone_of_country,
    zones,
)
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


def test_every_zone_that_people_live_in_can_be_chosen_by_its_region() -> None:
    assert ("Asia/Phnom_Penh", "Asia/Phnom Penh") in zones()["Asia"]
    assert is_zone("UTC")
    assert not is_zone("posix/UTC")
    assert not is_zone("../../etc/passwd")


@pytest.mark.parametrize(
    ("country", "zone"), [("DE", "Europe/Berlin"), ("KH", "Asia/Phnom_Penh"), ("US", "America/New_York"), ("XV", "UTC")]
)
def test_a_country_has_a_zone_to_begin_with(country: str, zone: str) -> None:
    assert zone_of_country(country) == zone


def test_a_command_reads_utc(app: Flask) -> None:
    assert my_zone().key == "UTC"
    assert spoken(NOON) == "12:00 UTC"


def test_a_time_stands_in_the_reader_s_zone_with_the_exact_one_beside_it(app: Flask, desk: Desk) -> None:
    desk.post("/desk/account", time_zone="Asia/Kathmandu", language="en")
    with app.test_request_context("/desk"):
        login_user(db.session.get_one(Staff, desk.staff_id))
        assert local_time(NOON) == (
            '<time datetime="2024-07-01T12:00:00+00:00" title="1 July 2024, 12:00 UTC">1 Jul 2024, 17:45</time>'
        )
        assert spoken(NOON) == "17:45 UTC+0545"
        assert spoken_day(NOON.replace(hour=20)) == "02 July"
        now = clock.now()
        assert str(now.year) not in local_time(now).partition(">")[2]


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        (datetime.fromisoformat("2027-01-10T09:00"), datetime(2027, 1, 10, 8, 0, tzinfo=UTC)),
        (datetime.fromisoformat("2027-07-10T09:00"), datetime(2027, 7, 10, 7, 0, tzinfo=UTC)),
        (datetime.fromisoformat("2027-03-28T03:00"), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (datetime.fromisoformat("2027-10-31T03:00"), datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_typed_time_is_the_writer_s(typed: datetime, utc: datetime) -> None:
    assert moment_of(typed, BERLIN) == utc


def test_a_time_that_the_clocks_go_over_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotOneMoment, match=r"forward.*no 02:30 on 28 March 2027 in Europe/Berlin. Choose one"):
        moment_of(datetime.fromisoformat("2027-03-28T02:30"), BERLIN)


def test_a_time_that_comes_twice_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotOneMoment, match="back that night, so there are two times 02:30 on 31 October 2027"):
        moment_of(datetime.fromisoformat("2027-10-31T02:30"), BERLIN)


def test_a_member_chooses_their_zone_and_no_other_word_is_taken_for_one(desk: Desk) -> None:
    assert desk.post("/desk/account", time_zone="Mars/Olympus", language="en").status_code == 400
    assert desk.post("/desk/account", time_zone="Asia/Phnom_Penh", language="km").status_code == 303
    member = db.session.get_one(Staff, desk.staff_id, populate_existing=True)
    assert (member.time_zone, member.language) == ("Asia/Phnom_Penh", "km")
    assert '<option value="Asia/Phnom_Penh" selected>Asia/Phnom Penh</option>' in desk.get("/desk/account")
