import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions import clock
from actions.actors import OPERATOR
from actions.consents.models import ConsentEvent
from actions.extensions import db
from actions.letters.models import LetterState
from actions.lists.operations import leave, subscribe
from actions.segments.queries import how_many, supporter_ids
from actions.segments.rules import (
    Acted,
    ActiveWithin,
    ActKind,
    CameBy,
    Every,
    HasTag,
    JoinedWithin,
    LivesIn,
    MailedWithin,
    Not,
    OnList,
    Reads,
    Rule,
    Share,
    Some,
    WantsNews,
)
from actions.signatures.models import SignatureState
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import lift, suppress
from actions.tags import operations as tags_of
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.statements import noted_statements
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign, write
from tests.factories.tags import make_tag

Db = scoped_session[Session]


def picked(session: Db, rule: Rule) -> set[int]:
    return set(session.scalars(supporter_ids(rule)))


def ids(*people: Supporter) -> set[int]:
    return {person.id for person in people}


def test_a_list_picks_who_is_active_on_it(session: Db) -> None:
    updates, other = make_list(), make_list("other")
    on = make_subscriber(updates, "on@example.org")
    left = make_subscriber(updates, "left@example.org")
    make_subscriber(other, "elsewhere@example.org")
    leave(updates.id, left.id, by=OPERATOR)
    assert picked(session, OnList(updates.id)) == ids(on)


def test_an_act_is_a_counted_signature_or_a_standing_letter(session: Db) -> None:
    target = make_target()
    page, other = make_page(targets=[target]), make_page("other")
    signed, wrote, waits = (make_supporter(f"{name}@example.org") for name in ("signed", "wrote", "waits"))
    undecided, withdrew, returned = (make_supporter(f"{name}@example.org") for name in ("u", "w", "r"))
    sign(page, signed)
    write(page, wrote, target)
    write(page, waits, target, LetterState.HELD)
    sign(page, undecided, SignatureState.UNCONFIRMED)
    sign(page, withdrew, SignatureState.WITHDRAWN)
    sign(other, withdrew)
    write(page, returned, target, LetterState.FAILED)
    assert picked(session, Acted(page.id)) == ids(signed, wrote, waits)
    assert picked(session, Not(Acted(page.id))) == ids(undecided, withdrew, returned)


def test_news_goes_to_whoever_said_yes_last(session: Db) -> None:
    page, other = make_page(), make_page("other")
    yes, no, again, elsewhere = (make_supporter(f"{name}@example.org") for name in ("yes", "no", "again", "other"))
    for who in (yes, no, again):
        say_about_news(page, who)
    for who in (no, again):
        say_about_news(page, who, ConsentEvent.WITHDRAWN)
    say_about_news(page, again)
    say_about_news(other, elsewhere)
    assert picked(session, WantsNews(page.id)) == ids(yes, again)


def test_a_tag_picks_who_carries_it(session: Db) -> None:
    carries, other = make_supporter("carries@example.org"), make_supporter("other@example.org")
    waits = make_supporter("waits@example.org", state=SupporterState.UNCONFIRMED)
    tag = make_tag("volunteer", carries, waits)
    make_tag("donor", other)
    assert picked(session, HasTag(tag.id)) == ids(carries)
    assert picked(session, Not(HasTag(tag.id))) == ids(other)
    assert picked(session, HasTag(999)) == set()


def test_rules_combine(session: Db) -> None:
    updates, page = make_list(), make_page()
    both, listed = make_subscriber(updates, "both@example.org"), make_subscriber(updates, "listed@example.org")
    signed = make_supporter("signed@example.org")
    for who in (both, signed):
        sign(page, who)
    assert picked(session, Every((OnList(updates.id), Not(Acted(page.id))))) == ids(listed)
    assert picked(session, Some((OnList(updates.id), Acted(page.id)))) == ids(both, listed, signed)
    assert picked(session, Not(Some((OnList(updates.id), Acted(page.id))))) == set()
    assert picked(session, Every(())) == ids(both, listed, signed)
    assert picked(session, Some(())) == set()
    assert how_many(OnList(updates.id)) == 2


@pytest.mark.requirement("B-57", "C-16")
@pytest.mark.parametrize("state", [SupporterState.UNCONFIRMED, SupporterState.ERASED])
def test_only_active_supporters_are_ever_picked(session: Db, state: SupporterState) -> None:
    updates = make_list()
    subscribe(updates.id, make_supporter(state=state).id, by=OPERATOR)
    session.commit()
    assert picked(session, OnList(updates.id)) == set()


@pytest.mark.requirement("B-57", "C-39")
def test_a_suppressed_address_is_never_picked_until_it_is_cured(session: Db) -> None:
    updates = make_list()
    who = make_subscriber(updates)
    assert who.email_hash is not None
    suppress(who.email_hash, SuppressionReason.OBJECTION, by=OPERATOR)
    session.commit()
    assert picked(session, OnList(updates.id)) == set()
    lift([who.email_hash], by=OPERATOR)
    session.commit()
    assert picked(session, OnList(updates.id)) == ids(who)


def test_an_act_may_be_asked_for_by_kind_and_time(session: Db) -> None:
    target = make_target()
    page = make_page(targets=[target])
    signed, wrote, long_ago = (make_supporter(f"{name}@example.org") for name in ("signed", "wrote", "long-ago"))
    sign(page, signed)
    write(page, wrote, target)
    sign(page, long_ago).counted_at = clock.now() - timedelta(days=40)
    session.commit()
    assert picked(session, Acted(page.id, ActKind.SIGNED)) == ids(signed, long_ago)
    assert picked(session, Acted(page.id, ActKind.WROTE)) == ids(wrote)
    assert picked(session, Acted(page.id, ActKind.SIGNED, 30)) == ids(signed)
    assert picked(session, Acted(page.id, days=30)) == ids(signed, wrote)


def test_people_are_picked_by_what_is_known_of_them(session: Db) -> None:
    before = clock.now() - timedelta(days=100)
    khmer = make_supporter("km@example.org", language="km", country="KH", created_at=before)
    arab = make_supporter("ar@example.org", language="ar", country="EG", source="fair 2026", last_active_at=before)
    unknown = make_supporter("none@example.org", country=None)
    assert picked(session, LivesIn(("KH", "DE"))) == ids(khmer)
    assert picked(session, Not(LivesIn(("KH", "DE")))) == ids(arab, unknown)
    assert picked(session, Reads(("ar", "km"))) == ids(arab, khmer)
    assert picked(session, CameBy("fair 2026")) == ids(arab)
    assert picked(session, JoinedWithin(30)) == ids(arab, unknown)
    assert picked(session, ActiveWithin(30)) == ids(unknown)


def test_who_was_mailed_lately_can_be_left_out(session: Db) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    mailed = make_subscriber(updates, "mailed@example.org")
    assert picked(session, MailedWithin(7)) == set()
    mailing = launch(draft_alert(updates, page))
    later = make_subscriber(updates, "later@example.org")
    assert picked(session, MailedWithin(7)) == ids(mailed)
    assert picked(session, Every((OnList(updates.id), Not(MailedWithin(7))))) == ids(later)
    mailing.launched_at = clock.now() - timedelta(days=8)
    session.commit()
    assert picked(session, MailedWithin(7)) == set()


def test_a_random_share_is_the_same_each_time_and_another_with_another_draw(session: Db) -> None:
    people = {make_supporter(f"p{number}@example.org").id for number in range(60)}
    half = picked(session, Share(50))
    assert 10 < len(half) < 50
    assert picked(session, Share(50)) == half
    assert picked(session, Share(50, 2)) != half
    assert picked(session, Not(Share(50))) == people - half
    assert picked(session, Share(100)) == people
    assert picked(session, Share(0)) == set()


@pytest.mark.requirement("O-20")
def test_who_carries_a_tag_is_found_by_an_index_and_never_asked_of_each_person(session: Db) -> None:
    """A tag under two names, among many people: `bench/desk.py` measures it with a million."""
    updates = make_list()
    tags = [make_tag(name, make_subscriber(updates, f"{name}@example.org")) for name in ("donor", "volunteer")]
    session.execute(
        text(
            "INSERT INTO supporters (language, state, source, generation, email_hash, created_at)"
            " SELECT 'en', 'active', 'join', 1, decode(md5(n::text), 'hex'), now() FROM generate_series(1, 20000) n"
        )
    )
    session.execute(
        text(
            "INSERT INTO taggings (tag_id, supporter_id, added_at)"
            " SELECT :tag, id, now() FROM supporters WHERE id % 20 = 0 ON CONFLICT DO NOTHING"
        ),
        {"tag": tags[0].id},
    )
    tags_of.rename(tags[1], "donor", together=True, by=OPERATOR)
    session.commit()
    session.execute(text("ANALYZE supporters, taggings, suppressions, subscriptions"))
    session.commit()
    for rule in (HasTag(tags[0].id), Every((OnList(updates.id), HasTag(tags[0].id))), Not(HasTag(tags[0].id))):
        plan = plan_of(rule)
        assert "Seq Scan" not in plan, plan
        assert "SubPlan" not in plan, plan
        assert re.search("Scan using (uq_taggings_tag_id_supporter_id|ix_taggings_supporter_id)", plan), plan


def plan_of(rule: Rule) -> str:
    """Of counting those whom it picks, with sequential scans forbidden."""
    with noted_statements() as asked:
        how_many(rule)
    cursor: Any = db.session.connection().connection.cursor()
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute(f"EXPLAIN {asked[-1].text}", asked[-1].values)
    plan = "\n".join(row[0] for row in cursor.fetchall())
    db.session.rollback()
    return plan
