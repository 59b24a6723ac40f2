import pytest
from flask import Flask

from actions import clock
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings.models import Mailing
from actions.mailings.results import By, Line, as_table, lines, total
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
    db.session.commit()
    return mailing


def test_by_country_and_language(sent: Mailing) -> None:
    assert lines(sent, By.COUNTRY) == [
        Line("DE", sent=2, acted=1),
        Line("KH", refused=1),
        Line("unknown", open=1),
    ]
    languages = lines(sent, By.LANGUAGE)
    assert total(languages) == Line("", sent=2, refused=1, open=1, acted=1)
    assert {line.key for line in languages} == {"en", "ar"}


def test_by_hour_the_earliest_first(sent: Mailing) -> None:
    hours = lines(sent, By.HOUR)
    assert [line.key for line in hours] == sorted(line.key for line in hours)
    assert hours[0].key.endswith(":00")


def test_the_table_has_each_view_in_turn(sent: Mailing) -> None:
    rows = list(as_table(sent))
    assert rows[0] == ("by", "key", "sent", "refused", "left_out", "open", "acted")
    assert ("country", "DE", 2, 0, 0, 0, 1) in rows
    assert {row[0] for row in rows[1:]} == {"language", "country", "hour"}
