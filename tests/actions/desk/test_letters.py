import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.actors import WORKER
from actions.deliveries.identity import identity_of
from actions.deliveries.models import DeliveryState
from actions.desk import letters
from actions.extensions import db
from actions.letters.counting import count
from actions.letters.models import Letter, LetterState
from actions.letters.releasing import release_due
from actions.letters.stopping import stopped_pages
from actions.pages.models import Page
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from actions.targets.models import Target
from tests.factories.desk import Desk, at_the_desk
from tests.factories.letters import WORDS, delivery_of, end_delivery, make_letter, make_letters, make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target

LETTERS, UNKNOWN = "/desk/letters", "/desk/letters/unknown"


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(max_per_hour=600)


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


@pytest.fixture
def desk(client: FlaskClient, target: Target) -> Desk:
    return at_the_desk(client, StaffRole.SENDER)


def counted() -> None:
    count()
    db.session.commit()


def broken(page: Page, target: Target, number: int) -> list[Letter]:
    made = make_letters(page, target, number)
    release_due(by=WORKER)
    db.session.commit()
    for letter in made:
        end_delivery(delivery_of(letter), DeliveryState.UNKNOWN)
    counted()
    return made


def states() -> list[LetterState]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.state).order_by(Letter.id)))


def test_empty_screens_teach(desk: Desk) -> None:
    assert "No letter yet" in desk.get(LETTERS)
    assert "never sent again by itself" in desk.get(UNKNOWN)


def test_letters_are_shown_by_page_and_target_without_words_and_names(desk: Desk, page: Page, target: Target) -> None:
    other = make_page("free-him", targets=[target])
    ann = make_supporter("ann@example.org", first_name="Wilhelmina", last_name="Zzyzx")
    make_letter(page, target, ann, first_name="Wilhelmina", last_name="Zzyzx")
    make_letter(other, target, ann)
    counted()
    seen = desk.get(LETTERS) + desk.get(f"{LETTERS}?page={page.id}") + desk.get(f"{LETTERS}?target={target.id}")
    assert target.name in seen
    for hidden in ("Wilhelmina", "Zzyzx", WORDS.subject, WORDS.body, "ann@example.org"):
        assert hidden not in seen
    assert desk.get(LETTERS).count('data-label="Sent"') == 2
    assert desk.get(f"{LETTERS}?page={other.id}").count('data-label="Sent"') == 1
    assert 'data-label="Said to be posted"' not in seen, "a column of noughts alone takes no room"
    assert desk.client.get(f"{LETTERS}?page=x&skip=²&target={'9' * 40}").status_code == 200
    assert desk.client.get(f"{LETTERS}?page={'9' * 18}").status_code == 200


def test_how_much_of_a_pages_letters_is_their_writers_own_is_shown(desk: Desk, page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter("ann@example.org"), own_share=20)
    make_letter(page, target, make_supporter("ben@example.org"), own_share=41)
    make_letter(make_page("free-him", targets=[target]), target, make_supporter("ann@example.org"))
    counted()
    assert '<td class="is-number" data-label="Own words">30 %</td>' in desk.get(f"{LETTERS}?page={page.id}")
    assert desk.get(LETTERS).count('data-label="Own words">–</td>') == 1


def test_more_than_a_screen_holds_is_turned_over(desk: Desk, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "ON_A_SCREEN", 1)
    ann = make_supporter()
    for slug in ("first", "second", "third"):
        make_letter(make_page(slug, targets=[target]), target, ann)
    counted()
    assert "skip=1" in desk.get(LETTERS)
    assert {one in desk.get(f"{LETTERS}?skip=1&target={target.id}") for one in ("skip=0", "skip=2")} == {True}
    assert "The next ones" not in desk.get(f"{LETTERS}?skip=2")


@pytest.mark.requirement("L-09")
def test_each_target_has_a_plan(desk: Desk, page: Page, target: Target) -> None:
    target.max_per_day = 2
    make_letters(page, target, 3)
    counted()
    seen = desk.get(LETTERS)
    assert "Done by, at this pace" in seen
    assert '<td class="is-number" data-label="Go today">2</td>' in seen


@pytest.mark.requirement("L-12")
def test_one_press_stops_all_letters_and_another_lets_them_go_on(desk: Desk, page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    counted()
    assert "Stop all letters" in desk.get(LETTERS)
    assert desk.post(f"{LETTERS}/stop").status_code == 303
    assert stopped_pages() == {None}
    for screen in (LETTERS, "/desk"):
        assert "All letters are stopped" in desk.get(screen)
        assert "Let all letters go on" in desk.get(screen)
    assert "Stop all letters" not in desk.get(LETTERS)
    assert "not before they go on" in desk.get(LETTERS)
    desk.post(f"{LETTERS}/stop")
    desk.post(f"{LETTERS}/go-on")
    assert stopped_pages() == set()
    assert "All letters are stopped" not in desk.get("/desk")
    noted = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.contains("letters")).order_by(AuditEntry.id)
    )
    assert list(noted) == ["stopped letters", "let letters go on"]


@pytest.mark.requirement("L-12")
def test_the_letters_of_one_page_are_stopped_alone(desk: Desk, page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    counted()
    assert desk.fields(LETTERS, f"{LETTERS}/stop") == {"page": str(page.id)}
    desk.post(f"{LETTERS}/stop", page=page.id)
    assert stopped_pages() == {page.id}
    assert "The letters of this page are stopped." in desk.get(LETTERS)
    assert desk.fields(LETTERS, f"{LETTERS}/go-on") == {"page": str(page.id)}
    desk.post(f"{LETTERS}/go-on", page=page.id)
    assert stopped_pages() == set()
    for wrong in ("", "0", "x", "9" * 40):
        assert desk.post(f"{LETTERS}/stop", page=wrong).status_code == 404
    assert stopped_pages() == set()


def test_a_viewer_sees_and_decides_nothing(client: FlaskClient, page: Page, target: Target) -> None:
    broken(page, target, 2)
    viewer = at_the_desk(client, StaffRole.VIEWER)
    assert "Look at them" in viewer.get(LETTERS)
    assert "<form" not in viewer.get(UNKNOWN).partition("<main")[2]
    assert "Stop all letters" not in viewer.get(LETTERS)
    for path in (f"{LETTERS}/stop", f"{LETTERS}/go-on", UNKNOWN):
        assert viewer.post(path, decision="again", all="1", seen="1").status_code == 403
    assert states() == [LetterState.UNKNOWN] * 2


@pytest.mark.requirement("L-08")
@pytest.mark.parametrize(
    ("decision", "becomes"),
    [
        ("arrived", (LetterState.SENT, "noted as arrived")),
        ("again", (LetterState.READY, "ready to go again")),
        ("returned", (LetterState.FAILED, "given back to their writers")),
    ],
)
def test_a_ticked_letter_is_decided_about(
    desk: Desk, page: Page, target: Target, decision: str, becomes: tuple[LetterState, str]
) -> None:
    first, second = broken(page, target, 2)
    delivery = delivery_of(first)
    assert identity_of(delivery.id, delivery.key_id).message_id.strip("<>") in desk.get(UNKNOWN)
    answer = desk.post(UNKNOWN, letter=first.id, seen=[first.id, second.id], decision=decision)
    assert answer.status_code == 200
    assert f"1 letter {becomes[1]}" in answer.get_data(as_text=True)
    assert states() == [becomes[0], LetterState.UNKNOWN]


@pytest.mark.requirement("L-08")
def test_a_whole_incident_is_decided_about_as_it_was_seen(desk: Desk, page: Page, target: Target) -> None:
    three = broken(page, target, 3)
    fields = desk.fields(UNKNOWN)
    assert fields["seen"] == [str(letter.id) for letter in three]
    answer = desk.post(UNKNOWN, all="1", seen=fields["seen"][:2], decision="returned")
    assert "2 letters given back" in answer.get_data(as_text=True)
    assert states() == [LetterState.FAILED, LetterState.FAILED, LetterState.UNKNOWN]


@pytest.mark.requirement("L-08")
def test_who_comes_second_is_told_and_changes_nothing(desk: Desk, page: Page, target: Target) -> None:
    (letter,) = broken(page, target, 1)
    assert desk.fields(UNKNOWN) == {"seen": str(letter.id), "all": "1"}
    desk.post(UNKNOWN, letter=letter.id, decision="arrived")
    answer = desk.post(UNKNOWN, letter=letter.id, decision="again")
    assert answer.status_code == 409
    assert "had been decided about by somebody else" in answer.get_data(as_text=True)
    assert states() == [LetterState.SENT]


def test_nothing_ticked_decides_nothing(desk: Desk, page: Page, target: Target) -> None:
    two = broken(page, target, 2)
    answer = desk.post(UNKNOWN, seen=[one.id for one in two], decision="arrived")
    assert (answer.status_code, "Tick the letters" in answer.get_data(as_text=True)) == (422, True)
    assert desk.post(UNKNOWN, letter=["x", "9" * 40], decision="arrived").status_code == 422
    assert desk.post(UNKNOWN, letter=two[0].id, decision="burn").status_code == 400
    assert states() == [LetterState.UNKNOWN] * 2
