from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from actions.actors import Actor, Role
from actions.config import settings
from actions.media.adding import Described, NotDescribed, add_picture, describe_picture
from actions.media.operations import NotAPicture

ADA = Actor(Role.STAFF, 1)
GATE = Described(alt=" A gate ", credit="Open Door Fund", focus=(120, -3))


def drawn() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), (160, 90, 20)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.requirement("W-16")
def test_a_picture_gets_a_name_by_lot_and_keeps_its_words(app: Flask) -> None:
    one, other = add_picture(drawn(), GATE, by=ADA), add_picture(drawn(), GATE, by=ADA)
    assert one.name != other.name
    assert (one.alt, one.credit) == ("A gate", "Open Door Fund")
    assert (one.focus_x, one.focus_y) == (100, 0)


@pytest.mark.parametrize(
    ("described", "lacking"),
    [
        (Described(alt="", credit="x"), ["alt"]),
        (Described(alt=" ", credit=""), ["alt", "credit"]),
    ],
)
def test_without_its_words_and_credit_it_is_not_taken(app: Flask, described: Described, lacking: list[str]) -> None:
    with pytest.raises(NotDescribed) as refused:
        add_picture(drawn(), described, by=ADA)
    assert refused.value.fields == lacking
    assert not list(settings().media_dir.glob("*"))


@pytest.mark.requirement("W-16")
def test_what_is_no_picture_is_not_taken(app: Flask) -> None:
    with pytest.raises(NotAPicture):
        add_picture(b"%PDF-1.7", GATE, by=ADA)


def test_its_words_and_focus_can_change(app: Flask) -> None:
    picture = add_picture(drawn(), GATE, by=ADA)
    describe_picture(picture, Described(alt="Another gate", credit="Us", focus=(30, 70)), by=ADA)
    assert (picture.alt, picture.credit, picture.focus_x, picture.focus_y) == ("Another gate", "Us", 30, 70)
    with pytest.raises(NotDescribed):
        describe_picture(picture, Described(alt="", credit="Us"), by=ADA)
