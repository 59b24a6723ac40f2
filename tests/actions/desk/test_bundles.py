from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from actions.actors import WORKER
from actions.desk import bundles
from actions.extensions import db
from actions.letters import binding, stopping, telling
from actions.letters.counting import count
from actions.letters.models import Bundle, BundleState, Letter, LetterState
from actions.letters.operations import undo
from actions.pages.models import Page
from actions.staff.roles import StaffRole
from actions.targets.models import Target, WaitsWhy
from actions.targets.waiting import let_wait
from tests.factories.bundles import a_receipt, bound, brought, file_of, made_of, page_with_bundles, write
from tests.factories.desk import Desk, at_the_desk

HOME = "/desk/letters/bundles"
To = tuple[Page, Target]


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


@pytest.fixture
def desk(client: FlaskClient, to: To) -> Desk:
    return at_the_desk(client, StaffRole.SENDER, StaffRole.EXPORTER)


def handed(bundle: Bundle, **changes: object) -> dict[str, object]:
    given = {"on": "2014-07-22", "place": "the embassy in Geneva", "handed_by": "Ruth Okoro"}
    return given | {"digest": bundle.digest} | changes


def test_an_empty_screen_teaches(desk: Desk) -> None:
    assert "None waits now" in desk.get(HOME)


def test_a_bundle_is_made_printed_and_handed_over(desk: Desk, to: To) -> None:
    letters = write(*to, "Ann Bo")
    count()
    db.session.commit()
    assert "They wait for a bundle" in desk.get("/desk/letters")
    answer = desk.post(HOME, **desk.fields(HOME))
    path = answer.location
    assert "It is being made" in desk.get(path)
    bundle = db.session.scalars(select(Bundle)).one()
    made_of(bundle)
    shown = desk.get(path)
    assert "2 letters on 2 pages" in shown
    assert "2 writers are told by mail on which day and where" in shown
    pdf = desk.post(f"{path}/letters.pdf")
    assert (pdf.data, pdf.content_length) == (file_of(bundle), bundle.size)
    answer = desk.post(f"{path}/handed-over", **handed(bundle, receipt=(BytesIO(a_receipt()), "ann-and-bo.png")))
    assert (answer.status_code, answer.location) == (303, path)
    shown = desk.get(path)
    assert "the embassy in Geneva" in shown
    assert "Ruth Okoro" in shown
    assert "Its writers are being told by mail: 0 of 2 so far" in shown
    while telling.step(bundle.id, by=WORKER):
        db.session.commit()
    db.session.commit()
    assert "2 writers were told by mail." in desk.get(path)
    db.session.expire_all()
    assert [letter.state for letter in letters] == [LetterState.SENT] * 2
    receipt = desk.client.get(f"{path}/receipt.jpg")
    assert receipt.mimetype == "image/jpeg"
    assert Image.open(BytesIO(receipt.data)).size == (40, 30)
    assert "no-store" in receipt.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"place": " "}, "place"), ({"handed_by": ""}, "handed_by"), ({"on": "2999-01-01"}, "on"), ({"on": "?"}, "on")],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    desk: Desk, to: To, change: dict[str, str], problem: str
) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    answer = desk.post(f"{HOME}/{bundle.id}/handed-over", **handed(bundle, **change))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert bundles.PROBLEMS[problem] in html
    assert ("Ruth Okoro" in html) is (problem != "handed_by")


def test_a_receipt_that_is_no_picture_or_too_large_is_refused(desk: Desk, to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    path = f"{HOME}/{bundle.id}/handed-over"
    answer = desk.post(path, **handed(bundle, receipt=(BytesIO(b"<svg/>"), "r.svg")))
    assert (answer.status_code, "cannot be used" in answer.text) == (422, True)
    large = FileStorage(BytesIO(b"x" * (bundles.LARGEST_UPLOAD + 1)), "r.png", "receipt")
    boundary, body = encode_multipart({**handed(bundle), "csrf_token": desk.token(), "receipt": large})
    answer = desk.client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert (answer.status_code, "more than 20 MB" in answer.text) == (413, True)
    db.session.expire_all()
    assert bundle.state is BundleState.MADE


def test_a_letter_taken_back_is_told_and_an_old_file_is_not_handed_over(desk: Desk, to: To) -> None:
    first, _ = write(*to, "Ann Bo")
    bundle = bound(*to)
    old = handed(bundle)
    undo(first, by=WORKER)
    db.session.commit()
    made_of(bundle)
    assert "made anew" in desk.get(f"{HOME}/{bundle.id}")
    answer = desk.post(f"{HOME}/{bundle.id}/handed-over", **old)
    assert (answer.status_code, "Print it again first" in answer.text) == (409, True)


def test_giving_up_is_told_and_twice_is_once(desk: Desk, to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    answer = desk.post(f"{HOME}/{bundle.id}/void")
    assert "Its letters wait again" in desk.get(answer.location)
    assert desk.post(f"{HOME}/{bundle.id}/void").location == f"{HOME}/{bundle.id}"
    gone = desk.post(f"{HOME}/{bundle.id}/letters.pdf")
    assert (gone.status_code, "not here any more" in gone.text) == (410, True)


def test_stopped_letters_and_none_are_said(desk: Desk, to: To) -> None:
    page, target = to
    assert desk.post(HOME, page=page.id, target=target.id).status_code == 409
    write(*to, "Ann")
    stopping.stop(page, by=WORKER)
    db.session.commit()
    answer = desk.post(HOME, page=page.id, target=target.id)
    assert (answer.status_code, "Letters are stopped" in answer.text) == (409, True)
    assert binding.under_way() == []


def test_letters_in_bundles_are_counted_apart_from_those_by_email(desk: Desk, to: To) -> None:
    write(*to, "Ann Bo Cy")
    brought(bound(*to))
    write(*to, "Di")
    count()
    db.session.commit()
    html = " ".join(desk.get("/desk/letters").split())
    for number, words in ((1, "Wait for a bundle"), (3, "Handed over"), (0, "Sent"), (0, "Wait to go")):
        assert f'<dt>{words}</dt><dd><span class="desk-number">{number}</span>' in html
    assert "No letter went by email." in html


def test_without_a_receipt_there_is_none(desk: Desk, to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    assert desk.client.get(f"{HOME}/{bundle.id}/receipt.jpg").status_code == 404
    assert db.session.scalars(select(Letter)).one().bundled


def test_what_is_in_the_way_of_a_bundle_is_said_with_what_to_do(desk: Desk, to: To) -> None:
    page, target = to
    write(*to, "Ann Bo")
    let_wait(target, WaitsWhy.ASKED, by=WORKER)
    count()
    db.session.commit()
    shown = desk.get(HOME)
    assert bundles.PROBLEMS["waits"] in shown
    assert f'href="/desk/targets/{target.id}">Look at the target' in shown
    assert "Make a bundle" not in shown
    assert "Letters to them wait since" in desk.get("/desk/letters")
    answer = desk.post(HOME, page=page.id, target=target.id)
    assert (answer.status_code, bundles.PROBLEMS["waits"] in answer.text) == (409, True)


@pytest.mark.requirement("L-09")
def test_how_many_letters_an_office_takes_is_said_beforehand(desk: Desk, to: To) -> None:
    page, target = to
    target.max_in_total = 2
    write(*to, "Ann Bo Cy")
    db.session.commit()
    said = "The next bundle takes 2 of 3: this office takes no more than 2 in all."
    assert said in desk.get(HOME)
    desk.post(HOME, **desk.fields(HOME))
    made_of(db.session.scalars(select(Bundle)).one())
    count()
    db.session.commit()
    shown = desk.get(HOME)
    assert "The next bundle takes 0 of 1" in shown
    assert bundles.PROBLEMS["full"] in shown
    assert "They take no more than 2 in all" in desk.get("/desk/letters")
    assert desk.post(HOME, page=page.id, target=target.id).status_code == 409
