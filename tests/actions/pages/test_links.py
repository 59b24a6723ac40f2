import pytest
from flask import Flask

from actions.actors import WORKER
from actions.extensions import db
from actions.links.models import Came
from actions.links.operations import Answer, ask, claim, record
from actions.pages import links
from actions.pages.models import Page, PageState
from actions.pages.operations import PageNotReady
from actions.pages.queries import wordings
from tests.factories.organisation import make_organisation
from tests.factories.pages import add_wording, make_page

OURS, AWAY = "http://localhost:8000", "https://elsewhere.example/x"


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    return make_page(state=PageState.DRAFT)


def write(page: Page, language: str, *addresses: str) -> None:
    page.version += 1
    html = "".join(f'<p><a href="{address}">there</a></p>' for address in addresses)
    add_wording(page, language, blocks=[{"type": "text", "html": html}])


def said(page: Page, *, blocks: bool) -> list[str]:
    return [str(one) for one in links.findings(page, wordings(page)) if one.blocks is blocks]


def test_a_link_of_ours_to_nothing_blocks_and_one_to_the_page_itself_does_not(page: Page) -> None:
    write(page, "en", f"{OURS}/a/nobody", f"{OURS}/a/{page.slug}#sign", f"{OURS}/join")
    assert said(page, blocks=True) == ["in en: the link /a/nobody leads nowhere: nothing public is there"]
    with pytest.raises(PageNotReady, match="/a/nobody leads nowhere"):
        links.must_lead_somewhere(page, wordings(page))


def test_a_link_of_ours_to_what_is_published_blocks_nothing(page: Page) -> None:
    write(page, "en", f"{OURS}/a/other")
    make_page("other", state=PageState.DRAFT)
    assert not links.is_published("other")
    make_page("open")
    write(page, "en", f"{OURS}/a/open")
    assert said(page, blocks=True) == []
    links.must_lead_somewhere(page, wordings(page))


def test_what_a_worker_found_out_about_a_foreign_one_is_said_and_stops_nothing(page: Page) -> None:
    write(page, "en", AWAY, "mailto:a@b.example")
    assert said(page, blocks=False)[0].startswith("in en: a link leads away from us, to elsewhere.example. Open it")
    ask(links.foreign_in(wordings(page).values()), by=WORKER)
    db.session.commit()
    assert "is being checked" in said(page, blocks=False)[0]
    record(claim(1, by=WORKER)[0], Answer(Came.ANSWERED, 404), by=WORKER)
    db.session.expire_all()
    assert said(page, blocks=False) == [
        f"in en: the link to {AWAY} answered 404: it is dead. Correct it, or take it out"
    ]
    assert said(page, blocks=True) == []
