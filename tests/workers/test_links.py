from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.links.models import Came
from actions.links.operations import ask
from actions.links.queries import checks_of
from actions.transaction import transaction
from tests.factories.sites import HERE, running_site
from workers.fetching import Fetcher
from workers.links import AT_ONCE, check, check_some


def test_what_waits_is_asked_for_and_what_came_is_written_down(app: Flask, session: Db) -> None:
    with running_site() as site:
        site.answers["/there"] = (200, "")
        there, gone = (f"http://news.example:{site.port}/{path}" for path in ("there", "gone"))
        with transaction():
            ask([there, gone], by=OPERATOR)
        fetcher = Fetcher(look_up=lambda _: [HERE], may_connect=HERE.__eq__, ports=frozenset({site.port}))
        assert check_some(fetcher) is False
        session.expire_all()
        assert {one.address: (one.came, one.status) for one in checks_of([there, gone]).values()} == {
            there: (Came.ANSWERED, 200),
            gone: (Came.ANSWERED, 404),
        }
        assert len(site.asked) == 3
        check_some(fetcher)
        assert len(site.asked) == 3, "once is enough"


def test_a_turn_ends_though_there_is_more_and_nothing_private_is_asked(app: Flask, session: Db) -> None:
    addresses = [f"http://127.0.0.1/{number}" for number in range(AT_ONCE + 1)]
    with transaction():
        ask(addresses, by=OPERATOR)
    check()
    session.expire_all()
    came = [one.came for one in checks_of(addresses).values()]
    assert sorted(map(str, came)) == ["None"] + [Came.NOT_PUBLIC.value] * AT_ONCE
    check()
    session.expire_all()
    assert all(one.came is Came.NOT_PUBLIC for one in checks_of(addresses).values())
