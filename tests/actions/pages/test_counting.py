from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from actions.clock import clock
from actions.extensions import db
from actions.mailings.models import Mailing
from actions.pages.counting import recount, tally
from actions.pages.models import MailingCount, Page, PageCount
from actions.signatures.models import Signature, SignatureState
from actions.signatures.queries import ACTS
from tests.factories.deliveries import beside
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, sign


def signed(page: Page, number: int, country: str | None = "DE") -> list[Signature]:
    signatures = [sign(page, make_supporter(f"{page.slug}-{one}@example.org")) for one in range(number)]
    for signature in signatures:
        signature.country = country
    db.session.commit()
    return signatures


def number_of(page: Page) -> int:
    db.session.rollback()
    db.session.refresh(page)
    return page.signature_count


def journal() -> dict[str, int]:
    rows = db.session.execute(select(PageCount.country, PageCount.count))
    return {country: count for country, count in rows}  # noqa: C416  # a row is no pair to dict()


def came_of(mailing: Mailing) -> int:
    return sum(db.session.scalars(select(MailingCount.count).where(MailingCount.mailing_id == mailing.id)))


def test_a_run_adds_what_came_since_the_last_one(app: Flask) -> None:
    page = make_page()
    signed(page, 3)
    assert tally(ACTS) == 3
    db.session.commit()
    assert tally(ACTS) == 0
    db.session.commit()
    assert number_of(page) == 3
    signed(make_page("other"), 2)
    assert tally(ACTS) == 2
    db.session.commit()
    assert number_of(page) == 3


def test_the_journal_is_by_country_and_hour(app: Flask) -> None:
    page = make_page()
    first, *_ = signed(page, 2)
    first.country = None
    db.session.commit()
    tally(ACTS)
    db.session.commit()
    assert journal() == {"": 1, "DE": 1}
    clock.move(timedelta(hours=2))
    later = sign(page, make_supporter("later@example.org"))
    later.country = "DE"
    db.session.commit()
    tally(ACTS)
    db.session.commit()
    hours = db.session.execute(select(PageCount.hour, PageCount.count).where(PageCount.country == "DE")).all()
    assert sorted(count for _, count in hours) == [1, 1]
    assert all(hour.minute == hour.second == 0 for hour, _ in hours)


def test_what_came_by_a_mailing_is_counted_for_it_as_well(app: Flask) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page, words("en")))
    by_link, also, _ = signed(page, 3)
    by_link.mailing_id = also.mailing_id = mailing.id
    tally(ACTS)
    assert came_of(mailing) == 2
    also.state = SignatureState.WITHDRAWN
    db.session.commit()
    tally(ACTS)
    db.session.commit()
    assert (came_of(mailing), number_of(page)) == (1, 2)


def test_what_was_taken_back_is_counted_back(app: Flask) -> None:
    page = make_page()
    one, *_ = signed(page, 2)
    tally(ACTS)
    one.state = SignatureState.WITHDRAWN
    db.session.commit()
    assert tally(ACTS) == 1
    db.session.commit()
    assert (number_of(page), journal()) == (1, {"DE": 1})


def test_what_never_counted_is_not_counted_back(app: Flask) -> None:
    page = make_page()
    sign(page, make_supporter(), SignatureState.WITHDRAWN)
    sign(page, make_supporter("bea@example.org"), SignatureState.UNCONFIRMED)
    assert tally(ACTS) == 0
    db.session.commit()
    assert number_of(page) == 0


def test_counters_that_run_together_count_once(app: Flask) -> None:
    page = make_page()
    signed(page, 10)

    def count() -> int:
        counted = tally(ACTS)
        db.session.commit()
        return counted

    assert sum(beside(app, *[count] * 4)) == 10
    assert number_of(page) == 10


def test_a_number_that_went_wrong_is_put_right_from_the_rows(app: Flask) -> None:
    page = make_page()
    signed(page, 3)
    tally(ACTS)
    db.session.execute(update(Page).values(signature_count=99))
    db.session.execute(update(Signature).values(tallied=False))
    db.session.commit()
    recount(ACTS)
    db.session.commit()
    assert number_of(page) == 3
    assert tally(ACTS) == 0


def test_a_recount_takes_back_once_what_no_run_had_taken_back(app: Flask) -> None:
    page = make_page()
    one, *_ = signed(page, 3)
    tally(ACTS)
    one.state = SignatureState.WITHDRAWN
    db.session.commit()
    recount(ACTS)
    db.session.commit()
    assert tally(ACTS) == 0
    db.session.commit()
    assert (number_of(page), journal()) == (2, {"DE": 2})


def test_a_recount_writes_what_is_new_in_the_journal(app: Flask) -> None:
    page = make_page()
    signed(page, 2)
    recount(ACTS)
    db.session.commit()
    assert (number_of(page), journal()) == (2, {"DE": 2})
