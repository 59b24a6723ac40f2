import time
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.consents.models import Consent
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.lists.operations import leave
from actions.segments.queries import how_many
from actions.segments.rules import OnList
from actions.supporters.models import Supporter, SupporterState
from actions.supporters.queries import with_address
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.suppressions.queries import is_suppressed
from actions.tags import operations as tags
from actions.tags.queries import tags_of
from actions.transfers.operations import Imported, import_people
from actions.transfers.people import Person, read_people
from tests.factories.organisation import make_list, make_organisation
from tests.factories.people_rows import rows_of
from tests.factories.supporters import make_subscriber, make_supporter
from tests.factories.tags import make_tag

Db = scoped_session[Session]
HEAD = "email,first_name,last_name,country,language,consent_date\n"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


def bring_in(updates: MailingList, *lines: str) -> Imported:
    people = [one for one in read_people(rows_of(HEAD + "\n".join(lines))) if isinstance(one, Person)]
    outcome = import_people(people, updates, evidence="spring fair", by=OPERATOR)
    db.session.commit()
    db.session.expire_all()
    return outcome


def bring_in_tagged(updates: MailingList, *lines: str) -> Imported:
    rows = rows_of("email,consent_date,tags\n" + "\n".join(lines))
    people = [one for one in read_people(rows) if isinstance(one, Person)]
    outcome = import_people(people, updates, evidence="fair", by=OPERATOR)
    db.session.commit()
    return outcome


def found(email: str) -> Supporter:
    supporter = with_address(parse_address(email))
    assert supporter is not None
    return supporter


@pytest.mark.requirement("C-42")
def test_with_a_date_of_consent_somebody_is_active_and_on_the_list(session: Db, updates: MailingList) -> None:
    outcome = bring_in(updates, "ada@example.org,Ada,Love,GB,ar,2026-05-31")
    assert (outcome.joined, outcome.waiting, outcome.refused) == (1, 0, [])
    ada = found("ada@example.org")
    assert (ada.state, ada.email, ada.full_name, ada.country, ada.language) == (
        SupporterState.ACTIVE,
        "ada@example.org",
        "Ada Love",
        "GB",
        "ar",
    )
    assert how_many(OnList(updates.id)) == 1


@pytest.mark.requirement("C-30", "C-42")
def test_the_evidence_is_on_record(session: Db, updates: MailingList) -> None:
    bring_in(updates, "ada@example.org,Ada,,,,2026-05-31")
    consent = session.scalars(select(Consent)).one()
    assert (consent.channel, consent.list_id) == ("import: spring fair", updates.id)
    assert consent.requested_at == datetime(2026, 5, 31, tzinfo=UTC)


@pytest.mark.requirement("C-42", "C-16")
def test_without_a_date_somebody_waits_and_gets_no_mail(session: Db, updates: MailingList) -> None:
    outcome = bring_in(updates, "ada@example.org,Ada,,,,")
    assert (outcome.joined, outcome.waiting) == (0, 1)
    assert found("ada@example.org").state is SupporterState.UNCONFIRMED
    assert session.scalars(select(Subscription.state)).all() == [SubscriptionState.PENDING]
    assert session.scalars(select(Consent)).all() == []
    assert how_many(OnList(updates.id)) == 0
    assert bring_in(updates, "ada@example.org,Ada,,,,2026-05-31").joined == 1
    assert how_many(OnList(updates.id)) == 1


@pytest.mark.requirement("C-39", "C-42", "B-57")
def test_a_suppressed_address_stays_suppressed(session: Db, updates: MailingList) -> None:
    address = parse_address("ada@example.org")
    suppress(address.hash, SuppressionReason.OBJECTION, by=OPERATOR)
    session.commit()
    outcome = bring_in(updates, "ada@EXAMPLE.org,Ada,,,,2026-05-31")
    assert [refusal.reason for refusal in outcome.refused] == ["this address wants no mail"]
    assert is_suppressed(address.hashes)
    assert with_address(address) is None


def test_who_left_the_list_stays_away(session: Db, updates: MailingList) -> None:
    ada = make_subscriber(updates)
    leave(updates.id, ada.id, by=OPERATOR)
    session.commit()
    outcome = bring_in(updates, "ada@example.org,Ada,,,,2026-05-31")
    assert "left the list" in outcome.refused[0].reason
    assert how_many(OnList(updates.id)) == 0


def test_what_an_active_supporter_told_us_is_kept(session: Db, updates: MailingList) -> None:
    make_supporter("ada@example.org", language="km", country="KH")
    subscriber = make_subscriber(updates, "ben@example.org")
    subscriber.first_name = "Ben"
    session.commit()
    outcome = bring_in(updates, "ada@example.org,Eve,,US,en,2026-05-31", "ben@example.org,Eve,,,,2026-05-31")
    assert (outcome.joined, outcome.known) == (1, 1)
    ada = found("ada@example.org")
    assert (ada.first_name, ada.country, ada.language, found("ben@example.org").first_name) == (None, "KH", "km", "Ben")


def test_rows_of_one_address_are_one_person(session: Db, updates: MailingList) -> None:
    outcome = bring_in(
        updates, "ada@bücher.example,Ada,,,,", "ada@xn--bcher-kva.example,Eve,Love,,,2026-05-31", "b@example.org,,,,,"
    )
    assert (outcome.joined, outcome.waiting, outcome.merged) == (1, 1, 1)
    assert found("ada@bücher.example").full_name == "Ada Love"


def test_the_same_file_twice_changes_nothing(session: Db, updates: MailingList) -> None:
    line = "ada@example.org,Ada,,,,2026-05-31"
    bring_in(updates, line)
    assert (bring_in(updates, line).known, bring_in(updates, line).joined) == (1, 0)
    assert session.scalars(select(func.count()).select_from(Consent)).one() == 1


def test_ten_thousand_rows_take_seconds(session: Db, updates: MailingList) -> None:
    lines = [f"p{number}@example{number % 50}.org,Ada {number},Love,GB,en,2026-05-31" for number in range(10_000)]
    started = time.monotonic()
    outcome = bring_in(updates, *lines)
    assert outcome.joined == 10_000
    assert time.monotonic() - started < 60
    assert found("p9999@example49.org").first_name == "Ada 9999"


def carried(email: str) -> list[str | None]:
    return [tag.name for tag in tags_of(found(email).id)]


def test_tags_are_added_to_those_that_people_have(session: Db, updates: MailingList) -> None:
    make_tag("volunteer", make_subscriber(updates, "ada@example.org"))
    outcome = bring_in_tagged(
        updates, "ada@example.org,2026-05-31,Volunteer;donor", "bea@example.org,,press", "bea@example.org,,Press;art"
    )
    assert (outcome.known, outcome.waiting, outcome.merged) == (1, 1, 1)
    assert carried("ada@example.org") == ["donor", "volunteer"]
    assert carried("bea@example.org") == ["art", "press"]


def test_a_tag_beyond_all_that_there_may_be_refuses_its_row(
    session: Db, updates: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MOST_TAGS", 1)
    make_tag("donor")
    outcome = bring_in_tagged(updates, "ada@example.org,2026-05-31,donor", "bea@example.org,2026-05-31,street 7")
    assert outcome.joined == 1
    assert [one.reason for one in outcome.refused] == ["tags: there are 500 tags already, and this is a new one"]
    assert with_address(parse_address("bea@example.org")) is None


def test_nobody_who_is_refused_is_given_a_tag(session: Db, updates: MailingList) -> None:
    leave(updates.id, make_subscriber(updates, "ada@example.org").id, by=OPERATOR)
    assert len(bring_in_tagged(updates, "ada@example.org,2026-05-31,donor").refused) == 1
    assert carried("ada@example.org") == []
