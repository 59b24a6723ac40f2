import csv
import hashlib
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.pages.models import Page
from actions.signatures import comments, handing_over, invalidating
from actions.signatures.handing_over import NotToBeHandedOver
from actions.signatures.invalidating import Rule
from actions.signatures.models import CommentVerdict, Handover, Signature
from actions.signatures.operations import withdraw
from actions.transaction import transaction
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.waiting import newest_link, sign


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Page:
    make_organisation()
    make_list()
    made = make_page()
    for name, shown, comment in (
        ("Ann", "full", "=cmd()"),
        ("Bo", "initials", "Left out"),
        ("Cy", "hidden", "From the dark"),
        ("Di", "hidden", ""),
    ):
        sign(client, email=f"{name}@example.org", first_name=name, last_name="Lee", show_name=shown, comment=comment)
        client.post(newest_link())
    first, second, third = comments.comments(made, None)
    kept = {first.id: CommentVerdict.KEPT, second.id: CommentVerdict.LEFT_OUT, third.id: CommentVerdict.KEPT}
    comments.settle(made, kept, by=OPERATOR)
    db.session.commit()
    return made


def sealed(page: Page) -> Handover:
    made = handing_over.begin(page, by=OPERATOR)
    handing_over.seal(made.id, by=WORKER)
    db.session.commit()
    return made


def test_everybody_is_on_the_list_as_they_allowed(page: Page) -> None:
    handover = sealed(page)
    day = clock.now().date().isoformat()
    rows = list(csv.reader(io.StringIO("".join(handing_over.as_csv(handover)).removeprefix("\ufeff"))))
    assert rows == [
        ["name", "country", "day", "comment"],
        ["Ann Lee", "DE", day, "'=cmd()"],
        ["B. L.", "DE", day, ""],
        ["", "", "", "From the dark"],
    ]
    numbers = {name: handover.contents[name] for name in ("total", "full", "initials", "hidden", "comments", "listed")}
    assert numbers == {"total": 4, "full": 1, "initials": 1, "hidden": 2, "comments": 2, "listed": 3}


def test_the_digest_is_of_the_file_that_is_written(page: Page) -> None:
    handover = sealed(page)
    file = "".join(handing_over.as_csv(handover)).encode()
    assert handover.digest == hashlib.sha256(file).hexdigest()


def test_batches_and_parts_are_of_one_list(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sealed(page)
    digest = whole.digest
    monkeypatch.setattr(handing_over, "BATCH", 1)
    monkeypatch.setattr(handing_over, "VOLUME", 2)
    parts = sealed(page)
    assert parts.digest == digest
    volumes = [handing_over.volume_of(parts, number) for number in (1, 2)]
    assert [[one.name for one in part] for part in volumes] == [["Ann Lee", "B. L."], [""]]
    with pytest.raises(IndexError):
        handing_over.volume_of(parts, 3)


def test_sealing_waits_once_and_happens_once(page: Page) -> None:
    made = handing_over.begin(page, by=OPERATOR)
    assert handing_over.begin(page, by=OPERATOR) is made
    assert handing_over.unsealed() == [made.id]
    with pytest.raises(NotToBeHandedOver, match="unsealed"):
        handing_over.as_csv(made)
    with pytest.raises(NotToBeHandedOver, match="unsealed"):
        handing_over.mark_handed_over(made, on=clock.now(), to="x", by=OPERATOR)
    handing_over.seal(made.id, by=WORKER)
    ready_at = made.ready_at
    handing_over.seal(made.id, by=WORKER)
    assert made.ready_at == ready_at
    assert handing_over.unsealed() == []


def test_who_signs_later_is_in_the_next_one(page: Page, client: FlaskClient) -> None:
    handover = sealed(page)
    handover.frozen_at -= timedelta(days=1)
    assert "".join(handing_over.as_csv(handover)).count("\r\n") == 1


@pytest.mark.requirement("C-22")
@pytest.mark.parametrize("change", ["withdrawn", "invalidated", "comment"])
def test_a_list_that_changed_is_not_written_under_its_old_digest(page: Page, change: str) -> None:
    handover = sealed(page)
    first = db.session.scalars(select(Signature).order_by(Signature.id)).first()
    assert first is not None
    if change == "withdrawn":
        withdraw(first, by=WORKER)
    elif change == "invalidated":
        invalidating.invalidate(page, Rule(until=clock.now(), words="ann"), shown=1, by=OPERATOR)
    else:
        comments.settle(page, {first.id: CommentVerdict.LEFT_OUT}, by=OPERATOR)
    db.session.commit()
    db.session.refresh(handover)
    for file in (lambda: handing_over.as_csv(handover), lambda: handing_over.volume_of(handover, 1)):
        with pytest.raises(NotToBeHandedOver, match="stale"):
            file()
    again = sealed(page)
    file = "".join(handing_over.as_csv(again)).encode()
    assert again.digest == hashlib.sha256(file).hexdigest() != handover.digest


@pytest.mark.requirement("C-22")
def test_who_withdraws_while_the_list_is_read_waits_for_nothing_and_makes_it_stale(app: Flask, page: Page) -> None:
    handing_over.begin(page, by=OPERATOR)
    db.session.commit()
    handover_id = handing_over.unsealed()[0]
    first = db.session.scalars(select(Signature).order_by(Signature.id)).first()
    assert first is not None
    withdraw(first, by=WORKER)
    db.session.flush()

    def seal() -> None:
        with app.app_context(), transaction():
            handing_over.seal(handover_id, by=WORKER)

    with ThreadPoolExecutor(1) as thread:
        sealing = thread.submit(seal)
        wait_for_lock()
        db.session.commit()
        sealing.result(timeout=10)
    db.session.expire_all()
    handover = db.session.get_one(Handover, handover_id)
    assert (handover.contents["total"], handover.stale) == (4, True)


def wait_for_lock() -> None:
    """Until somebody waits for a row that this session holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(200):
        if db.session.scalar(waiting):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_what_was_handed_over_stays_as_numbers_and_writes_no_list(page: Page) -> None:
    handover = sealed(page)
    handing_over.mark_handed_over(handover, on=clock.now(), to="the embassy", by=OPERATOR)
    with pytest.raises(NotToBeHandedOver, match="done"):
        handing_over.as_csv(handover)
    with pytest.raises(NotToBeHandedOver, match="done"):
        handing_over.mark_handed_over(handover, on=clock.now(), to="another", by=OPERATOR)
    withdraw(db.session.scalars(select(Signature)).first() or Signature(), by=WORKER)
    db.session.commit()
    db.session.refresh(handover)
    assert (handover.stale, handover.handed_to, handover.contents["total"]) == (False, "the embassy", 4)
