from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.clock import clock as the_clock
from actions.extensions import db
from actions.pages.counting import recount, tally
from actions.pages.models import Page, PageCount
from actions.signatures import invalidating
from actions.signatures.invalidating import NumberGrew, Rule, RuleRefused
from actions.signatures.models import Invalidation, Signature, SignatureState
from actions.signatures.operations import erase_of, withdraw
from actions.signatures.queries import ACTS, by_country
from actions.supporters.models import Supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.waiting import newest_link, sign

S = SignatureState


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Page:
    """Five people signed: three from the Vatican at one domain, an hour after the others."""
    make_organisation()
    make_list()
    made = make_page()
    for name, country in (("ann@mail.example.org", "DE"), ("bo@example.net", "FR")):
        sign(client, email=name, country=country, comment="Let her go.")
        client.post(newest_link())
    the_clock.move(timedelta(hours=1))
    for number in range(3):
        sign(client, email=f"bot{number}@spam.example", country="VA", first_name="Robot", comment="Buy now")
        client.post(newest_link())
    count_now()
    return made


def rule(**given: object) -> Rule:
    return Rule(until=clock.now(), **given)  # type: ignore[arg-type]  # each test's own


def count_now() -> None:
    tally(ACTS)
    db.session.commit()
    db.session.expire_all()


def states() -> list[str]:
    db.session.expire_all()
    return [state.value for state in db.session.scalars(select(Signature.state).order_by(Signature.id))]


@pytest.mark.requirement("C-18")
def test_the_number_comes_first_and_is_what_is_taken_out(page: Page) -> None:
    vatican = rule(country="VA")
    assert invalidating.count(page, vatican) == 3
    assert states() == ["counted"] * 5
    made = invalidating.invalidate(page, vatican, shown=3, by=OPERATOR)
    count_now()
    assert made.number == 3
    assert states() == ["counted"] * 2 + ["invalidated"] * 3
    assert page.signature_count == 2
    assert dict(by_country(page)) == {"DE": 1, "FR": 1}


@pytest.mark.requirement("C-18")
def test_an_undo_brings_them_back_into_the_hours_they_came_from(page: Page) -> None:
    before = journal()
    made = invalidating.invalidate(page, rule(domain="spam.example"), shown=3, by=OPERATOR)
    count_now()
    the_clock.move(timedelta(hours=5))
    assert invalidating.put_back(made, by=OPERATOR) == 3
    assert invalidating.put_back(made, by=OPERATOR) == 0
    count_now()
    assert page.signature_count == 5
    assert journal() == before
    recount(ACTS)
    db.session.commit()
    assert db.session.get_one(Page, page.id, populate_existing=True).signature_count == 5


def test_undone_before_it_was_counted_nothing_has_changed(page: Page) -> None:
    before = journal()
    made = invalidating.invalidate(page, rule(country="VA"), shown=3, by=OPERATOR)
    invalidating.put_back(made, by=OPERATOR)
    count_now()
    assert (page.signature_count, journal()) == (5, before)


def journal() -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(PageCount.country, PageCount.hour, PageCount.count).where(PageCount.count != 0))
    return sorted((country, hour.isoformat(), count) for country, hour, count in rows)


@pytest.mark.requirement("C-18")
@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"domain": "SPAM.example"}, 3),
        ({"domain": "@example.org"}, 1),
        ({"words": "robot"}, 3),
        ({"words": "LET  her"}, 2),
        ({"words": "let her", "country": "FR"}, 1),
        ({"words": "100%_"}, 0),
        ({"country": "US"}, 0),
    ],
)
def test_a_rule_goes_by_domain_words_and_country(page: Page, given: dict[str, str], number: int) -> None:
    assert invalidating.count(page, rule(**given)) == number


@pytest.mark.requirement("C-18")
def test_a_rule_goes_by_time(page: Page) -> None:
    half_an_hour_ago = clock.now() - timedelta(minutes=30)
    assert invalidating.count(page, rule(since=half_an_hour_ago)) == 3
    early = Rule(until=half_an_hour_ago, since=clock.now() - timedelta(days=1))
    assert invalidating.count(page, early) == 2


@pytest.mark.parametrize(
    ("given", "problem"), [({}, "empty"), ({"domain": "no domain"}, "domain"), ({"domain": "@"}, "domain")]
)
def test_a_rule_that_says_nothing_or_no_domain_is_refused(page: Page, given: dict[str, str], problem: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        invalidating.count(page, rule(**given))
    assert refused.value.problem == problem


def test_a_rule_that_ends_before_it_begins_is_refused(page: Page) -> None:
    with pytest.raises(RuleRefused, match="backwards"):
        invalidating.count(page, Rule(until=clock.now(), since=clock.now()))


def test_words_that_too_many_would_have_to_be_read_for_are_refused(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invalidating, "MOST_READ", 4)
    with pytest.raises(RuleRefused, match="broad"):
        invalidating.count(page, rule(words="robot"))
    assert invalidating.count(page, rule(words="robot", country="VA")) == 3


def test_nothing_is_done_when_more_fit_than_were_shown(page: Page) -> None:
    with pytest.raises(NumberGrew):
        invalidating.invalidate(page, rule(country="VA"), shown=2, by=OPERATOR)
    db.session.rollback()
    assert states() == ["counted"] * 5
    assert db.session.scalars(select(Invalidation)).all() == []


@pytest.mark.requirement("C-18", "C-22")
def test_who_takes_it_back_or_is_erased_is_brought_back_by_no_undo(page: Page) -> None:
    made = invalidating.invalidate(page, rule(country="VA"), shown=3, by=OPERATOR)
    count_now()
    first, second = db.session.scalars(
        select(Signature).where(Signature.state == S.INVALIDATED).order_by(Signature.id).limit(2)
    )
    withdraw(first, by=WORKER)
    erase_of(db.session.get_one(Supporter, second.supporter_id), by=WORKER)
    count_now()
    assert invalidating.put_back(made, by=OPERATOR) == 1
    count_now()
    assert states() == ["counted", "counted", "withdrawn", "withdrawn", "counted"]
    assert page.signature_count == 3


def test_a_rule_survives_being_written_down(page: Page) -> None:
    given = rule(words="робот", since=clock.now() - timedelta(hours=2))
    made = invalidating.invalidate(page, given, shown=5, by=OPERATOR)
    assert Rule.from_json(made.rule or "") == given
    assert [one.id for one in invalidating.invalidations_of(page)] == [made.id]
