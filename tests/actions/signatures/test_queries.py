from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.extensions import db
from actions.pages.models import PageCount
from actions.signatures import queries
from actions.signatures.models import SignatureState
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter, sign

S = SignatureState


@pytest.mark.parametrize("state", list(S))
def test_one_signature_of_a_person_stands_under_a_page(app: Flask, state: S) -> None:
    page, ann = make_page(), make_supporter()
    made = sign(page, ann, state)
    found = queries.standing(page.id, ann.id)
    assert (found is made) is (state in {S.COUNTED, S.INVALIDATED})
    assert queries.standing(make_page("other").id, ann.id) is None


def test_what_counts_and_what_stopped_counting_are_apart() -> None:
    assert not set(queries.ACTS.counting) & set(queries.ACTS.ended)


def test_numbers_by_country_and_hour_come_from_the_journal(app: Flask) -> None:
    page, other = make_page(), make_page("other")
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for on, country, hours, count in (
        (page, "DE", 0, 3),
        (page, "DE", 2, 1),
        (page, "", 2, 2),
        (page, "FR", 60, 1),
        (page, "GB", 1, 0),
        (other, "DE", 0, 9),
    ):
        hour = now - timedelta(hours=hours)
        db.session.add(PageCount(page_id=on.id, kind="signature", country=country, hour=hour, count=count))
    db.session.commit()
    assert queries.by_country(page) == [("DE", 4), ("", 2), ("FR", 1)]
    hours = queries.by_hour(page, now - timedelta(hours=3), now + timedelta(minutes=10))
    assert [number for _, number in hours] == [0, 3, 0, 3]
    assert hours[-1][0] == now
