from io import BytesIO

import pytest
from PIL import Image

from actions.actors import OPERATOR
from actions.media.models import Picture
from actions.media.operations import store_picture
from actions.media.queries import described, names_in, pictures_for, pictures_in_mail, pictures_named

BLOCKS = [
    {"type": "text", "html": "<p>…</p>"},
    {"type": "picture", "media": "gate", "alt": "", "caption": "", "credit": ""},
    {"type": "picture", "media": "missing", "alt": "", "caption": "", "credit": ""},
]


@pytest.fixture
def gate(app: object) -> Picture:
    out = BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    return store_picture("gate", out.getvalue(), by=OPERATOR)


def test_the_pictures_of_blocks_are_found_by_name(gate: Picture) -> None:
    found = pictures_for(BLOCKS, lead="gate")
    assert found.keys() == {"gate"}
    assert found["gate"].url == f"/media/{gate.digest}.webp"
    assert (found["gate"].width, found["gate"].height) == (30, 20)


@pytest.mark.requirement("B-38")
def test_a_mail_gets_whole_addresses_of_our_own_and_a_format_that_every_mail_program_shows(gate: Picture) -> None:
    assert pictures_in_mail(BLOCKS)["gate"].url == f"http://localhost:8000/media/{gate.digest}.jpg"


def test_pictures_can_be_asked_for_by_name(gate: Picture) -> None:
    assert pictures_named([None, "gate", "nothing"]).keys() == {gate.name}


def test_blocks_without_pictures_name_none() -> None:
    assert names_in(BLOCKS[:1]) == []


def test_where_to_look_goes_with_a_picture(gate: Picture) -> None:
    gate.focus_x, gate.focus_y = 20, 80
    assert pictures_for(BLOCKS)["gate"].focus == (20, 80)


def test_a_picture_in_a_story_takes_the_words_that_it_came_with(gate: Picture) -> None:
    gate.alt, gate.credit = "A gate", "Us"
    taken = described([{"type": "picture", "media": "gate", "alt": "", "caption": "", "credit": "Ours"}, BLOCKS[0]])
    assert (taken[0]["alt"], taken[0]["credit"]) == ("A gate", "Ours")
    assert taken[1] == BLOCKS[0]
