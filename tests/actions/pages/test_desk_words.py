import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.extensions import db
from actions.media.models import Picture
from actions.pages.drafts import draft_of
from actions.pages.models import Page, PageState
from actions.pages.queries import standing_words
from actions.staff.roles import StaffRole
from tests.factories.blocks import typed_blocks
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page, make_target

SECOND_QUOTATION = "<span data-place>2</span>. Quotation"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


@pytest.fixture
def page(desk: Desk) -> Page:
    make_picture("gate")
    made = make_page(state=PageState.DRAFT, targets=[make_target()], lead_picture="gate")
    db.session.commit()
    return made


def path(page: Page, language: str = "en") -> str:
    return f"/desk/pages/{page.id}/words/{language}"


def words(page: Page, language: str = "en") -> Any:
    db.session.expire_all()
    return standing_words(page)[language]


def test_words_are_changed_and_nothing_else_with_them(desk: Desk, page: Page) -> None:
    before = words(page)
    answer = desk.post(path(page), **(desk.fields(path(page)) | {"title": "Free her now", "do": "save"}))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    after = words(page)
    assert after.title == "Free her now"
    assert (after.summary, after.blocks, after.petition, after.privacy) == (
        before.summary,
        before.blocks,
        before.petition,
        before.privacy,
    )
    assert "The words are saved." in desk.get(answer.headers["Location"])


def test_a_letter_in_german_is_written_beside_the_words_in_the_pages_own_language(desk: Desk, page: Page) -> None:
    typed = desk.fields(path(page)) | {"letter_subject_de": "Bitte", "letter_body_de": "Lassen Sie sie frei."}
    assert desk.post(path(page), **(typed | {"do": "save"})).status_code == 303
    assert words(page).letter["body_de"] == "Lassen Sie sie frei."
    shown = desk.get(path(page))
    assert '<bdi lang="de">Deutsch</bdi>' in shown
    assert "Lassen Sie sie frei." in shown
    assert "letter_body_de" not in desk.get(path(page, "km"))


def test_what_is_typed_is_kept_and_found_again(desk: Desk, page: Page) -> None:
    typed = desk.fields(path(page)) | {"title": "Free her n"}
    kept = desk.post(f"{path(page)}/keep", **typed).get_data(as_text=True)
    revision = re.search(r'id="revision" value="(\d+)"', kept)
    assert revision is not None
    assert words(page).title == "Free her"
    shown = desk.get(path(page))
    assert 'value="Free her n"' in shown
    assert "until you save or publish them" in shown
    again = desk.post(f"{path(page)}/keep", **(typed | {"title": "Free her now", "revision": revision[1]}))
    assert "Kept on" in again.get_data(as_text=True)
    stale = desk.post(f"{path(page)}/keep", **(typed | {"title": "An older window", "revision": revision[1]}))
    assert "another window" in stale.get_data(as_text=True)
    desk.post(f"{path(page)}/forget")
    assert 'value="Free her"' in desk.get(path(page))


def test_of_two_who_save_the_same_words_the_second_sees_both_and_loses_none(desk: Desk, page: Page) -> None:
    begun = desk.fields(path(page))
    desk.post(path(page), **(begun | {"title": "Theirs", "do": "save"}))
    answer = desk.post(path(page), **(begun | {"title": "Mine", "summary": "My summary.", "do": "save"}))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else saved other words" in html
    assert 'value="Mine"' in html
    assert "Theirs" in html
    assert words(page).title == "Theirs"
    draft = draft_of(page, "en", desk.staff_id)
    assert draft is not None
    assert draft.words["title"] == "Mine"
    form = re.search(r'name="version" value="(\d+)"', html)
    assert form is not None
    again = desk.post(path(page), **(begun | {"title": "Both", "version": form[1], "do": "save"}))
    assert again.status_code == 303
    assert words(page).title == "Both"


def test_a_translation_stands_beside_the_words_it_translates(desk: Desk, page: Page) -> None:
    story = typed_blocks("story", [{"type": "list", "ordered": False, "items": ["One", "Two"]}, {"type": "divider"}])
    desk.post(path(page), **(desk.fields(path(page)) | story | {"do": "save"}))
    shown = desk.get(path(page, "km"))
    assert "One · Two" in shown
    assert "She spoke up and was jailed." in shown
    fields = desk.fields(path(page, "km")) | {"title": "ដោះលែងគាត់", "do": "save"}
    assert desk.post(path(page, "km"), **fields).status_code == 303
    assert words(page, "km").title == "ដោះលែងគាត់"
    overview = desk.get(f"/desk/pages/{page.id}")
    assert "parts are missing" in overview
    assert desk.post(f"{path(page, 'km')}/drop").status_code == 303
    db.session.expire_all()
    assert set(standing_words(page)) == {"en"}
    assert desk.post(f"{path(page)}/drop").status_code == 400


def test_an_open_page_is_never_left_with_a_hole_and_the_words_are_kept(desk: Desk, page: Page) -> None:
    page.state = PageState.OPEN
    db.session.commit()
    typed = desk.fields(path(page)) | {"summary": "", "title": "Another title", "do": "save"}
    answer = desk.post(path(page), **typed)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "In en: it lacks two sentences of why" in html
    assert 'value="Another title"' in html
    assert words(page).title == "Free her"
    assert 'value="Another title"' in desk.get(path(page))


def test_what_was_refused_is_not_remembered(desk: Desk, page: Page) -> None:
    page.state = PageState.OPEN
    db.session.commit()
    typed = desk.fields(path(page)) | {"summary": "", "do": "save"}
    assert desk.post(path(page), **typed).status_code == 422
    kept = desk.fields(path(page))
    assert desk.post(path(page), **(kept | {"summary": "Another summary.", "do": "save"})).status_code == 303
    assert words(page).summary == "Another summary."


def test_a_button_of_the_editor_moves_a_block_and_keeps_what_was_typed(desk: Desk, page: Page) -> None:
    typed = desk.fields(path(page)) | {"title": "Not saved", "do": "story:add:quotation"}
    html = desk.post(path(page), **typed).get_data(as_text=True)
    assert SECOND_QUOTATION in html
    assert 'value="Not saved"' in html
    assert words(page).title == "Free her"
    assert SECOND_QUOTATION in desk.get(path(page))


def test_a_language_that_we_do_not_speak_is_not_there(desk: Desk, page: Page) -> None:
    assert desk.client.get(path(page, "xx")).status_code == 404
    assert desk.client.get("/desk/pages/999/words/en").status_code == 404


def test_the_words_of_the_lead_picture_are_shown_where_they_may_be_left_empty(desk: Desk, page: Page) -> None:
    gate = db.session.scalars(select(Picture)).one()
    gate.alt = "A gate at dawn"
    db.session.commit()
    html = desk.get(path(page))
    assert "“A gate at dawn”" in html
    assert f"/media/{gate.digest}.webp" in html


def test_a_picture_s_own_words_make_room_for_those_of_another(desk: Desk, page: Page) -> None:
    """They are stored with the block, and shown as what it has while its fields are empty."""
    gate, river = db.session.scalars(select(Picture)).one(), make_picture("river")
    gate.alt, gate.credit, river.alt, river.credit = "A gate", "Us", "A river", "Them"
    db.session.commit()
    block = {"type": "picture", "media": "gate", "alt": "", "caption": "", "credit": "Ours"}
    typed = desk.fields(path(page)) | typed_blocks("story", [block]) | {"do": "save"}
    assert desk.post(path(page), **typed).status_code == 303
    assert words(page).blocks[0] == block | {"alt": "A gate"}
    again = desk.fields(path(page))
    assert (again["story-0-alt"], again["story-0-credit"]) == ("", "Ours")
    assert desk.post(path(page), **(again | {"story-0-media": "river", "do": "save"})).status_code == 303
    assert words(page).blocks[0] == block | {"media": "river", "alt": "A river"}


def test_a_text_comes_as_html_where_scripts_run(desk: Desk, page: Page) -> None:
    rich = {"story-0-type": "text", "story-0-rich": '<p>In <span lang="km" dir="ltr">ខ្មែរ</span><script>x</script></p>'}
    assert desk.post(path(page), **(desk.fields(path(page)) | rich | {"do": "save"})).status_code == 303
    assert words(page).blocks[0]["html"] == '<p>In <span lang="km" dir="ltr">ខ្មែរ</span></p>'
