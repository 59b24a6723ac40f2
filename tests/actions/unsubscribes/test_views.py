from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from actions.actors import OPERATOR
from actions.clock import clock
from actions.consents.models import ConsentPurpose
from actions.consents.queries import standing
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import subscription_of, subscriptions_of
from actions.supporters.models import Supporter
from actions.supporters.operations import erase
from actions.suppressions.queries import is_suppressed
from actions.tokens import Purpose, tokens
from actions.unsubscribes.queries import CASE, LIST
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, say_about_news

ONE_CLICK = b"List-Unsubscribe=One-Click"
# RFC 8058 §8.3, word for word but for the boundary's length.
MULTIPART = (
    b"--FormBoundaryRmVkZXJhdGlvbg\r\n"
    b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n"
    b"--FormBoundaryRmVkZXJhdGlvbg--\r\n"
)


@pytest.fixture
def joined(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def ann(joined: MailingList) -> Supporter:
    return make_subscriber(joined, "ann@example.org", language="en")


def link(joined: MailingList, ann: Supporter) -> str:
    return f"/u/{tokens.sign(Purpose.UNSUBSCRIBE, LIST, subscription_of(joined.id, ann.id).id)}"


def is_on_a_list(ann: Supporter) -> bool:
    db.session.rollback()
    db.session.expire_all()
    return bool(subscriptions_of(ann.id))


@pytest.mark.requirement("B-40", "B-43")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=FormBoundaryRmVkZXJhdGlvbg"),
        (ONE_CLICK, "text/plain"),
        (b"", "application/octet-stream"),
    ],
    ids=["urlencoded", "multipart", "mislabelled", "empty"],
)
def test_one_click_is_done_when_it_is_answered_with_200_and_no_cookie(
    client: FlaskClient, joined: MailingList, ann: Supporter, body: bytes, content_type: str
) -> None:
    answer = client.post(link(joined, ann), data=body, content_type=content_type)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert not is_on_a_list(ann)


@pytest.mark.requirement("B-40")
def test_one_click_needs_no_referer_and_no_host_of_a_browser(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    answer = client.post(
        link(joined, ann), data=ONE_CLICK, headers={"Referer": "", "Origin": "https://mail.test", "User-Agent": ""}
    )
    assert answer.status_code == 200
    assert not is_on_a_list(ann)


@pytest.mark.requirement("B-41")
def test_one_click_again_is_200_and_says_the_same(client: FlaskClient, joined: MailingList, ann: Supporter) -> None:
    path = link(joined, ann)
    first, again = (client.post(path, data=ONE_CLICK) for _ in range(2))
    assert (first.status_code, first.text) == (again.status_code, again.text)


@pytest.mark.requirement("B-41")
def test_one_click_for_an_erased_person_or_a_deleted_list_is_200(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    path = link(joined, ann)
    erase(ann, by=OPERATOR)
    db.session.commit()
    assert client.post(path, data=ONE_CLICK).status_code == 200
    db.session.execute(text("DELETE FROM subscriptions"))
    db.session.commit()
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert client.get(path).status_code == 200


@pytest.mark.requirement("B-42", "C-05")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(client: FlaskClient, joined: MailingList, ann: Supporter, method: str) -> None:
    for agent in ("", "Microsoft Office/16.0 SafeLinks", "GoogleImageProxy"):
        answer = client.open(link(joined, ann), method=method, headers={"User-Agent": agent, "Purpose": "prefetch"})
        assert answer.status_code == 200
    assert is_on_a_list(ann)


@pytest.mark.requirement("B-42", "C-36")
def test_the_page_has_one_button_that_leaves_and_one_that_leaves_everything(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    shown = client.get(link(joined, ann)).text
    assert shown.count('<form class="form" method="post"') == 2
    assert "<script" not in shown
    assert "Updates" in shown
    assert "ann" not in shown.lower().replace("annou", "")


@pytest.mark.requirement("B-44")
@pytest.mark.parametrize("change", ["forged", "cut", "another purpose"])
def test_a_forged_link_changes_nothing(client: FlaskClient, joined: MailingList, ann: Supporter, change: str) -> None:
    path = link(joined, ann)
    wrong = {
        "forged": path.replace("/u/l.", "/u/l.9"),
        "cut": path[:-3],
        "another purpose": f"/u/{tokens.sign(Purpose.PREFERENCES, LIST, 1)}",
    }[change]
    assert client.post(wrong, data=ONE_CLICK).status_code == 404
    assert is_on_a_list(ann)


@pytest.mark.requirement("B-44")
def test_a_link_of_two_years_ago_works_and_holds_no_address(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    path = link(joined, ann)
    assert "ann" not in path
    assert "updates" not in path
    clock.move(timedelta(days=730))
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert not is_on_a_list(ann)


@pytest.mark.requirement("B-46")
def test_a_providers_proxy_may_send_as_many_as_it_likes(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    path = link(joined, ann)
    answers = {client.post(path, data=ONE_CLICK).status_code for _ in range(200)}
    assert answers == {200}


@pytest.mark.requirement("B-46")
def test_who_guesses_links_is_asked_to_wait_and_the_right_one_still_works(
    client: FlaskClient, joined: MailingList, ann: Supporter
) -> None:
    guesses = [client.post(f"/u/l.{number}.forged", data=ONE_CLICK).status_code for number in range(70)]
    assert guesses == [404] * 60 + [429] * 10
    assert client.post(link(joined, ann), data=ONE_CLICK).status_code == 200
    assert not is_on_a_list(ann)


@pytest.mark.requirement("C-32")
def test_leaving_a_case_leaves_the_list_alone(client: FlaskClient, joined: MailingList, ann: Supporter) -> None:
    page = make_page()
    say_about_news(page, ann)
    answer = client.post(f"/u/{tokens.sign(Purpose.UNSUBSCRIBE, CASE, ann.id, page.id)}", data=ONE_CLICK)
    assert answer.status_code == 200
    assert is_on_a_list(ann)
    assert standing(ann.id) == []


@pytest.mark.requirement("C-36", "C-39")
def test_no_mail_at_all_is_one_press(client: FlaskClient, joined: MailingList, ann: Supporter) -> None:
    page = make_page()
    say_about_news(page, ann)
    answer = client.post(link(joined, ann), data={"scope": "all"})
    assert answer.status_code == 200
    assert not is_on_a_list(ann)
    assert ConsentPurpose.CASE_NEWS not in {consent.purpose for consent in standing(ann.id)}
    assert is_suppressed([ann.email_hash or b""])


@pytest.mark.requirement("A-12")
def test_the_page_is_in_its_owners_language_unless_another_is_asked_for(
    client: FlaskClient, joined: MailingList
) -> None:
    bea = make_subscriber(joined, "bea@example.org", language="ar")
    path = link(joined, bea)
    assert '<html lang="ar" dir="rtl"' in client.get(path, headers={"Accept-Language": "en"}).text
    assert '<html lang="km"' in client.get(f"{path}?lang=km").text
