import pytest
from flask import Flask

from actions import clock
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings.models import Mailing
from actions.mailings.results import Line, as_table, hour_by_hour, side_by_side, total, views
from actions.mailings.tallies import By, count
from actions.pages.counting import tally
from actions.signatures.queries import ACTS
from tests.factories.mailings import draft_alert, launch, rows_of, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page
from tests.factories.supporters import make_subscriber, sign


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def sent(updates: MailingList) -> Mailing:
    """Four readers: two got it, one of them signed; one was refused, one waits."""
    page = make_page()
    add_wording(page, "ar")
    people = [
        make_subscriber(updates, f"p{number}@example.org", country=country, language=language)
        for number, (country, language) in enumerate([("DE", "en"), ("DE", "ar"), ("KH", "en"), (None, "en")])
    ]
    mailing = launch(draft_alert(updates, page, words("en"), words("ar")))
    states = [DeliveryState.SENT, DeliveryState.SENT, DeliveryState.FAILED]
    for row, state in zip(rows_of(mailing), states, strict=False):
        row.state, row.ended_at = state, clock.now()
    signed = sign(page, people[0])
    signed.mailing_id, signed.country = mailing.id, "DE"
    tally(ACTS)
    db.session.commit()
    return mailing


def test_by_country_and_language(sent: Mailing) -> None:
    assert views(sent, count(sent))[By.COUNTRY] == [
        Line("DE", sent=2, acted=1),
        Line("KH", refused=1),
        Line("unknown", open=1),
    ]
    languages = views(sent, count(sent))[By.LANGUAGE]
    assert total(languages) == Line("", sent=2, refused=1, open=1, acted=1)
    assert {line.key for line in languages} == {"en", "ar"}


def test_by_hour_the_earliest_first(sent: Mailing) -> None:
    hours = views(sent, count(sent))[By.HOUR]
    assert [line.key for line in hours] == sorted(line.key for line in hours)
    assert hours[0].key.endswith(":00")


def test_hours_in_which_nothing_happened_stand_between_the_others() -> None:
    found = [Line("2026-11-28 22:00", sent=3), Line("2026-11-29 01:00", acted=1), Line("2027-01-01 00:00", acted=1)]
    hours = hour_by_hour(found)
    assert [(line.key, line.sent, line.acted) for line in hours[:4]] == [
        ("2026-11-28 22:00", 3, 0),
        ("2026-11-28 23:00", 0, 0),
        ("2026-11-29 00:00", 0, 0),
        ("2026-11-29 01:00", 0, 1),
    ]
    assert len(hours) == 3 * 24
    assert hour_by_hour([]) == []


def test_shares_are_of_all_rows_and_of_those_who_got_it(sent: Mailing) -> None:
    ((_, whole),) = side_by_side([sent])
    assert whole.shares == {
        "sent": 0.5,
        "refused": 0.25,
        "left_out": 0,
        "open": 0.25,
        "acted": 0.5,
    }
    assert Line("DE").shares == {}


def test_the_table_has_each_view_in_turn(sent: Mailing) -> None:
    rows = list(as_table(sent))
    assert rows[0] == ("by", "key", "sent", "refused", "left_out", "open", "acted")
    assert ("country", "DE", 2, 0, 0, 0, 1) in rows
    assert {row[0] for row in rows[1:]} == {"language", "country", "hour"}
