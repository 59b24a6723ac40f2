import pytest
from flask import Flask

from actions import clock
from actions.assets import asset_url
from actions.extensions import db
from actions.links import addresses as links
from actions.links.models import Came, LinkCheck
from actions.lists.models import MailingList
from actions.mailings import queries
from actions.mailings.models import Mailing
from actions.pages.models import PageState
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

OURS = "http://localhost:8000"
AWAY = "https://elsewhere.example/x"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    made = make_list()
    make_subscriber(made)
    return made


@pytest.fixture
def mailing(updates: MailingList) -> Mailing:
    return draft_alert(updates, make_page())


def test_every_address_is_found_once_and_what_each_reader_gets_is_left_out(updates: MailingList) -> None:
    html = f'<p><a href="{AWAY}?a=1&amp;b=2">x</a> <a href="mailto:a@b.example">z</a></p>'
    button = {"type": "button", "text": "b", "url": f"{OURS}/a/free-her"}
    own = {"type": "button", "text": "b", "url": "https://elsewhere.example/{{country}}"}
    text = words(blocks=[{"type": "text", "html": html}, button, own, {"type": "button", "text": "b", "url": "act"}])
    (written,) = queries.texts_of(draft_alert(updates, make_page(), text)).values()
    assert links.addresses_in(written.blocks) == [f"{OURS}/a/free-her", f"{AWAY}?a=1&b=2"]
    assert links.foreign_in([written.blocks]) == [f"{AWAY}?a=1&b=2"]


def test_ours_is_ours_however_it_is_written(app: Flask) -> None:
    ours = ("http://localhost:8000", "HTTP://LocalHost:8000/a/x?lang=ar#sign", "https://localhost:8000/")
    assert all(map(links.is_ours, ours))
    away = ("http://localhost:9000/", "http://localhost.example:8000/", AWAY, "http://localhost:x/")
    assert not any(map(links.is_ours, away))


def test_what_a_reader_can_open_is_not_dead(mailing: Mailing, updates: MailingList) -> None:
    page = db.session.get_one(type(make_page("second")), mailing.page_id)
    over = launch(draft_alert(updates, page, key="over"))
    picture = make_picture("gate")
    alive = [
        "",
        "/",
        "/a/free-her",
        "/a/free-her?lang=km#sign",
        "/a/free-her/sign",
        "/archive",
        f"/archive/{over.id}",
        f"/archive/{mailing.id}",
        f"/media/{picture.digest}.webp",
        asset_url("icon.svg"),
        "/join",
    ]
    assert [path for path in alive if links.leads_nowhere(f"{OURS}{path}", ("mailing_id", mailing.id))] == []


def test_what_nobody_could_open_is_dead(mailing: Mailing, updates: MailingList) -> None:
    make_page("hidden", state=PageState.DRAFT)
    hidden = draft_alert(updates, None, key="hidden")
    dead = [
        "/a/nobody",
        "/a/hidden",
        "/a/free-her/nothing",
        "/archive/999",
        f"/archive/{hidden.id}",
        "/media/none.webp",
        "/assets/none.css",
        "/nothing",
        "/desk/mailings",
        "/u/a-reader's.own-link",
        "/../etc/passwd",
        "/assets//etc/passwd",
        "/assets/../../../../../../../../etc/passwd",
    ]
    assert [path for path in dead if not links.leads_nowhere(f"{OURS}{path}", ("mailing_id", mailing.id))] == []


def test_what_its_own_words_stand_on_is_there_once_they_have_gone_out(mailing: Mailing) -> None:
    make_page("hidden", state=PageState.DRAFT)
    words = [{"type": "button", "text": "b", "url": f"{OURS}/a/{slug}"} for slug in ("hidden", "nobody")]
    assert links.dead_in(words, ("slug", "hidden")) == [f"{OURS}/a/nobody"]
    assert links.dead_in(words, ("mailing_id", mailing.id)) == [f"{OURS}/a/hidden", f"{OURS}/a/nobody"]


@pytest.mark.parametrize(
    ("came", "status", "leads_to", "said"),
    [
        (Came.ANSWERED, 404, None, "answered 404: it is dead"),
        (Came.ANSWERED, 410, None, "answered 410: it is dead"),
        (Came.ANSWERED, 503, None, "answered 503."),
        (Came.ANSWERED, 200, "https://new.example/", "leads on to https://new.example/"),
        (Came.ANSWERED, 200, None, "It answers."),
        (Came.NO_SUCH_HOST, None, None, "could not be reached: there is no site of this name"),
        (Came.UNREACHABLE, None, None, "could not be reached."),
        (Came.NOT_TRUSTED, None, None, "certificate is not valid"),
        (Came.NOT_PUBLIC, None, None, "is not a public address"),
        (Came.GOES_ROUND, None, None, "leads on and on"),
    ],
)
def test_what_came_is_a_sentence_with_what_to_do(
    app: Flask, came: Came, status: int | None, leads_to: str | None, said: str
) -> None:
    now = clock.now()
    check = LinkCheck(address=AWAY, asked_at=now, checked_at=now, came=came, status=status, leads_to=leads_to)
    what, todo = links.said_of(AWAY, check)
    assert said in what
    assert "elsewhere.example" in what
    assert todo


def test_a_link_nobody_has_asked_for_is_only_said_to_lead_away(app: Flask) -> None:
    assert "leads away from us, to elsewhere.example" in links.said_of(AWAY, None)[0]
    assert "is being checked" in links.said_of(AWAY, LinkCheck(address=AWAY, asked_at=clock.now()))[0]


def test_what_is_no_address_at_all_is_left_to_the_preflight(updates: MailingList) -> None:
    button = {"type": "button", "text": "b", "url": "http://[elsewhere"}
    (written,) = queries.texts_of(draft_alert(updates, make_page(), words(blocks=[button]))).values()
    assert links.addresses_in(written.blocks) == []
