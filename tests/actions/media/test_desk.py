import zlib
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from PIL.ExifTags import GPS, IFD
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from actions.config import settings
from actions.extensions import db
from actions.media.desk import LARGEST_UPLOAD
from actions.media.models import Picture
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


def drawn(form: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (1200, 800), (160, 90, 20)).save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    """A few octets that promise 50,000 x 50,000 pixels."""
    chunks = (b"IHDR" + pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0" * 1000), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(chunk) - 4) + chunk + pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


def upload(desk: Desk, data: bytes, **fields: Any) -> TestResponse:
    described = {"alt": "A gate", "credit": "Open Door Fund", "csrf_token": desk.token()} | fields
    file = FileStorage(BytesIO(data), "Ilen Varo, 12 March.jpg", "file")
    boundary, body = encode_multipart({**described, "file": file})
    return desk.client.post("/desk/media", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def pictures() -> list[Picture]:
    db.session.expire_all()
    return list(db.session.scalars(select(Picture)))


def test_a_picture_is_added_and_shown(desk: Desk) -> None:
    assert "No picture yet" in desk.get("/desk/media")
    answer = upload(desk, drawn("JPEG"))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    picture = pictures()[0]
    assert "Ilen" not in picture.name
    assert f"/media/{picture.digest}.webp" in desk.get("/desk/media")
    assert upload(desk, drawn(), page="7").headers["Location"] == "/desk/pages/7/details"


@pytest.mark.requirement("W-16")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Choose a file"),
        (b"%PDF-1.7 and then " + drawn(), "could not be read as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "could not be read as a picture"),
        (bomb(), "more than 49 million pixels"),
        (b"\0" * (20 * 1024 * 1024 + 1), "more than 20 MB"),
    ],
    ids=["nothing", "polyglot", "svg", "bomb", "a little too large"],
)
def test_what_cannot_be_used_says_why_and_keeps_the_words(desk: Desk, data: bytes, said: str) -> None:
    answer = upload(desk, data)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in html
    assert 'value="Open Door Fund"' in html
    assert pictures() == []


@pytest.mark.requirement("W-16")
def test_an_upload_of_200_mb_is_read_to_its_end_and_told_so(desk: Desk) -> None:
    answer = upload(desk, b"\0" * (LARGEST_UPLOAD + 1024 * 1024))
    assert answer.status_code == 413
    assert "more than 20 MB" in answer.get_data(as_text=True)


@pytest.mark.requirement("W-16")
def test_of_a_film_the_first_frame_is_kept_and_of_a_camera_nothing_but_the_picture(desk: Desk) -> None:
    frames = [Image.new("RGB", (40, 20), (shade, 90, 20)) for shade in range(0, 250, 5)]
    film, camera, exif = BytesIO(), BytesIO(), Image.Exif()
    frames[0].save(film, "GIF", save_all=True, append_images=frames[1:])
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (11.0, 33.0, 45.0)
    frames[0].save(camera, "JPEG", exif=exif)
    for data in (film.getvalue(), camera.getvalue()):
        assert upload(desk, data).status_code == 303
        for suffix in ("webp", "jpg"):
            with Image.open(settings().media_dir / f"{pictures()[-1].digest}.{suffix}") as kept:
                assert getattr(kept, "n_frames", 1) == 1
                assert not kept.getexif().get_ifd(IFD.GPSInfo)


def test_words_and_credit_are_asked_for(desk: Desk) -> None:
    html = upload(desk, drawn(), alt="", credit=" ").get_data(as_text=True)
    assert "Describe what the picture shows" in html
    assert "Write who made it" in html
    assert pictures() == []


def test_its_words_and_its_focus_change(desk: Desk) -> None:
    upload(desk, drawn())
    path = f"/desk/media/{pictures()[0].id}"
    fields = desk.fields(path) | {"alt": "A river", "focus_x": "20", "focus_y": "80"}
    assert desk.post(path, **fields).status_code == 303
    picture = pictures()[0]
    assert (picture.alt, picture.focus_x, picture.focus_y) == ("A river", 20, 80)
    assert desk.post(path, **(fields | {"alt": ""})).status_code == 422
