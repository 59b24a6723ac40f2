import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.config import Settings
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.mailings.models import Mailing, MailingState
from actions.mailings.summing import tally_of
from actions.pages.models import Page, PageState
from actions.signatures.models import Signature
from actions.signatures.queries import by_country
from actions.site.demo import NotADemonstration, load_demo
from actions.site.seeding import NotEmpty, Size, seed
from actions.supporters.models import SupporterState
from actions.supporters.queries import with_address
from tests.factories.supporters import make_supporter

TINY = Size(people=60, signatures=120, deliveries=200, pages=4, mailings=4)


def number(table: type[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_made_up_people_are_as_if_they_had_joined_and_signed(app: Flask) -> None:
    load_demo(by=OPERATOR)
    # As the self-check of a start leaves one.
    make_supporter("check@people.test", state=SupporterState.UNCONFIRMED, confirmed_at=None)
    seed(TINY, by=OPERATOR)
    db.session.commit()
    person = with_address(parse_address("person-7@site-7.test"))
    assert person is not None
    assert (person.email, person.full_name) == ("person-7@site-7.test", "Ann 7 Example")
    assert person.site_hash == parse_address("x@site-7.test").site_hash
    (halfway,) = db.session.scalars(select(Mailing).where(Mailing.state == MailingState.PAUSED)).all()
    assert halfway.audience
    assert (number(Signature), number(Delivery)) == (120, 200 + halfway.audience)
    assert 0 < tally_of(halfway).under_way < halfway.audience
    pages = db.session.scalars(select(Page)).all()
    assert sum(page.state is PageState.OPEN for page in pages) == 4
    assert sum(page.signature_count for page in pages) == 120
    assert sum(count for page in pages for _, count in by_country(page)) == 120
    with pytest.raises(NotEmpty):
        seed(TINY, by=OPERATOR)


def test_nothing_made_up_comes_where_mail_leaves_the_machine(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"smtp_url": "smtp://relay.example.org:587?tls=starttls"})
    with pytest.raises(NotADemonstration):
        seed(TINY, by=OPERATOR)


def test_the_command_fills_an_empty_demonstration_once(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["demo", "seed", "--size", "small"])
    assert "1,000 people signed 2,000 times" in first.output, first.output
    again = runner.invoke(args=["demo", "seed"])
    assert again.exit_code == 1
    assert "there are people here already" in again.output
