import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.extensions import db
from actions.pages.counting import tally
from actions.pages.models import Page, PageState
from actions.signatures.models import CommentVerdict, Signature, SignatureState
from actions.signatures.queries import ACTS
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import a_browser, make_staff, post, sign_in
from tests.factories.waiting import newest_link, sign


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Page:
    make_organisation()
    make_list()
    made = make_page()
    for name, country in (("ann", "DE"), ("bo", "VA"), ("cy", "VA")):
        sign(client, email=f"{name}@{name}.example", country=country, comment=f"<b>{name}</b> says hello")
        client.post(newest_link())
    tally(ACTS)
    db.session.commit()
    return made


@pytest.fixture
def desk(app: Flask, page: Page) -> FlaskClient:
    browser = a_browser(app)
    sign_in(browser, make_staff(StaffRole.EDITOR))
    return browser


def home(page: Page) -> str:
    return f"/desk/pages/{page.id}/signatures"


def test_the_first_screen_counts_by_country_and_hour_and_names_nobody(page: Page, desk: FlaskClient) -> None:
    shown = desk.get(home(page)).text
    assert re.search(r"Holy See|Vatican", shown)
    assert "Germany" in shown
    assert "Ann" not in shown
    assert '<rect width="100.0"' in shown
    assert home(page) in desk.get(f"/desk/pages/{page.id}").text


def test_a_page_without_signatures_says_what_will_be_here(app: Flask, desk: FlaskClient) -> None:
    assert "Nobody has signed yet" in desk.get(home(make_page("empty"))).text


def test_a_draft_has_no_signatures(desk: FlaskClient) -> None:
    draft = make_page("draft", state=PageState.DRAFT)
    for path in ("", "/comments", "/invalid"):
        assert desk.get(home(draft) + path).status_code == 404


def test_comments_are_read_and_chosen(page: Page, desk: FlaskClient) -> None:
    path = f"{home(page)}/comments"
    shown = desk.get(path).text
    assert "&lt;b&gt;ann&lt;/b&gt; says hello" in shown
    first, second, third = db.session.scalars(select(Signature.id).order_by(Signature.id))
    chosen = {"id": [first, second, third], f"verdict-{first}": "kept", f"verdict-{second}": "left_out"}
    assert post(desk, path, path, **chosen).status_code == 303
    assert "ann" in desk.get(f"{path}?show=kept").text
    assert "says hello" in desk.get(path).text
    assert post(desk, path, path, id=[third], all="left_out").status_code == 303
    assert "Nothing waits to be read" in desk.get(path).text
    verdicts = db.session.scalars(select(Signature.comment_verdict).order_by(Signature.id)).all()
    assert verdicts == [CommentVerdict.KEPT, CommentVerdict.LEFT_OUT, CommentVerdict.LEFT_OUT]


@pytest.mark.requirement("C-18")
def test_signatures_are_counted_then_taken_out_then_put_back(page: Page, desk: FlaskClient) -> None:
    path = f"{home(page)}/invalid"
    asked = post(desk, path, f"{path}/count", country="VA").text
    assert "2 signatures fit" in asked
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
    assert post(desk, path, path, **{**hidden, "number": "1"}).status_code == 409
    assert post(desk, path, path, **hidden).status_code == 303
    shown = desk.get(path).text
    assert "Put them back" in shown
    states = select(Signature.state).order_by(Signature.id)
    assert db.session.scalars(states).all() == [SignatureState.COUNTED, *[SignatureState.INVALIDATED] * 2]
    (undo,) = re.findall(rf'action="({path}/\d+/undo)"', shown)
    other = undo.replace(f"/pages/{page.id}/", f"/pages/{make_page('other').id}/")
    assert post(desk, path, other).status_code == 404
    assert post(desk, path, undo).status_code == 303
    db.session.expire_all()
    assert set(db.session.scalars(states)) == {SignatureState.COUNTED}
    assert "put back" in desk.get(path).text
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert {"took signatures out", "put signatures back"} <= set(actions)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Say at least one thing"),
        ({"domain": "not a domain"}, "This is no mail domain"),
        ({"since": "yesterday"}, "This is no time"),
        ({"since": "2026-02-02T10:00", "until": "2026-01-01T10:00"}, "The begin lies after the end"),
    ],
)
def test_a_rule_that_cannot_be_is_explained_and_kept(
    page: Page, desk: FlaskClient, typed: dict[str, str], said: str
) -> None:
    path = f"{home(page)}/invalid"
    for to in (f"{path}/count", path):
        answer = post(desk, path, to, **typed)
        assert answer.status_code == 422
        assert said in answer.text
        for value in typed.values():
            assert f'value="{value}"' in answer.text


def test_a_pattern_stands_in_no_audit_entry(page: Page, desk: FlaskClient) -> None:
    path = f"{home(page)}/invalid"
    post(desk, path, path, words="bo says hello", number="5")
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.after == {"number": 0, "rule by": ["until", "words"]}
