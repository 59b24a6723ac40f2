"""`kill -9` while a campaigner launches a mailing: it is still a draft and nobody was mailed, or it goes out whole."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Barrier

import pytest

from devserver.visitor import Answer
from tests.factories.campaigner import Campaigner, at_the_desk_of
from tests.factories.house import House, until

AUDIENCE = 30
pytestmark = [pytest.mark.thorough, pytest.mark.requirement("O-02", "O-17")]
# Step -> what holds the launch just there, and the statement that then waits.
BEFORE_THE_COMMIT = {
    "before its row is locked": ("SELECT 1 FROM mailings ORDER BY id DESC LIMIT 1 FOR UPDATE", "FOR UPDATE"),
    "before the audience is frozen": ("LOCK TABLE deliveries IN SHARE MODE", "INSERT INTO deliveries"),
    "after the audience is frozen": ("LOCK TABLE audit_entries IN SHARE MODE", "INSERT INTO audit_entries"),
}


@pytest.fixture
def campaigner(house: House) -> Campaigner:
    return at_the_desk_of(house)


def draft(house: House, campaigner: Campaigner, name: str) -> str:
    """To `name`-0, `name`-1, … and nobody else."""
    with house.connection() as connection:
        connection.execute("UPDATE subscriptions SET state = 'left' WHERE state = 'active'")
    people = house.folder / f"{name}.csv"
    lines = (f"{name}-{number}@many.test,Ann,en,2026-01-01" for number in range(AUDIENCE))
    people.write_text("\n".join(["email,first_name,language,consent_date", *lines]))
    house.prepare(f"supporters import {people} --list updates --evidence fair")
    return campaigner.draft_newsletter(name)


def mailing_of(house: House, here: str) -> tuple[object, ...]:
    """Its state, how many it was frozen for, and how many rows it has."""
    asked = """SELECT state, audience, (SELECT count(*) FROM deliveries WHERE mailing_id = mailings.id)
        FROM mailings WHERE id = %s"""
    with house.connection() as connection:
        return connection.execute(asked, [here.rpartition("/")[2]]).fetchall()[0]


def is_waiting(house: House, statement: str) -> bool:
    asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, %s) > 0"
    with house.connection() as connection:
        return connection.execute(asked, [statement]).fetchall() != []


@contextmanager
def pressed(campaigner: Campaigner, here: str) -> Iterator[Future[Answer]]:
    """The button, by a browser that need not get an answer."""
    form = campaigner.open(here)
    with ThreadPoolExecutor(1) as browser:
        yield browser.submit(campaigner.launch, here, form, AUDIENCE)


def everybody_gets_it_once(house: House, name: str) -> None:
    house.deliver_until(lambda: len(house.reached_of(name)) == AUDIENCE, "everybody is reached")
    house.deliver_until(house.is_settled, "every row has its end")
    assert house.copies_of(name) == AUDIENCE


@pytest.mark.parametrize("step", BEFORE_THE_COMMIT)
def test_killed_before_the_commit_it_is_a_draft_and_launching_again_works(
    house: House, campaigner: Campaigner, step: str
) -> None:
    name = f"launch{list(BEFORE_THE_COMMIT).index(step)}"
    here = draft(house, campaigner, name)
    lock, statement = BEFORE_THE_COMMIT[step]
    with house.connection() as connection:
        # Nothing is pressed before it is locked: on a quick day the launch would be over.
        connection.execute(lock.encode())
        with pressed(campaigner, here) as answer:
            until(lambda: is_waiting(house, statement), f"it waits {step}\n{house.said()}")
            house.kill_children("web")
            connection.rollback()
            with suppress(OSError, HTTPException):
                answer.result()
    until(lambda: not is_waiting(house, statement), "the server has noticed")
    house.await_web()
    house.sweep()
    assert mailing_of(house, here) == ("draft", None, 0)
    assert house.reached_of(name) == set()
    campaigner.launch(here, campaigner.open(here), AUDIENCE)
    assert mailing_of(house, here)[1:] == (AUDIENCE, AUDIENCE)
    everybody_gets_it_once(house, name)


def test_killed_after_the_commit_and_before_the_nudge_it_goes_out_whole(house: House, campaigner: Campaigner) -> None:
    here = draft(house, campaigner, "launched")
    house.valkey.kill()
    with pressed(campaigner, here) as answer:
        until(lambda: mailing_of(house, here)[0] == "sending", "it is committed")
        house.kill_children("web")
        with suppress(OSError, HTTPException):
            answer.result()
    house.valkey.start()
    house.await_web()
    assert mailing_of(house, here) == ("sending", AUDIENCE, AUDIENCE)
    again = campaigner.open(here)
    assert f"{here}/launch" not in again.text
    everybody_gets_it_once(house, "launched")


def test_two_browsers_that_launch_at_once_make_one_mailing(house: House, campaigner: Campaigner) -> None:
    here = draft(house, campaigner, "twice")
    browsers = [campaigner, at_the_desk_of(house, "colleague@open-door.test")]
    forms, together = [browser.open(here) for browser in browsers], Barrier(len(browsers))

    def press(browser: Campaigner, form: Answer) -> Answer:
        together.wait()
        return browser.launch(here, form, AUDIENCE)

    with ThreadPoolExecutor(len(browsers)) as both:
        answers = list(both.map(press, browsers, forms))
    assert [answer.status for answer in answers] == [200, 200]
    assert all("How far it is" in answer.text for answer in answers)
    assert mailing_of(house, here)[1:] == (AUDIENCE, AUDIENCE)
    noted = house.rows("SELECT about_id FROM audit_entries WHERE action = 'launch mailing'")
    assert noted.count((int(here.rpartition("/")[2]),)) == 1
    everybody_gets_it_once(house, "twice")
