import zlib
from io import BytesIO
from pathlib import Path
from struct import pack

import pytest
from PIL import Image
from PIL.ExifTags import IFD

from actions.actors import OPERATOR
from actions.config import settings
from actions.media.operations import NotAPicture, store_picture

GPS_LATITUDE = 2
ORIENTATION = 0x0112
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(width: int = 40, height: int = 20, form: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), 120 if mode == "L" else (20, 90, 160, 128)[: len(mode)]).save(out, form, **options)
    return out.getvalue()


def huge_png(side: int) -> bytes:
    """A header that promises side x side pixels, and nothing behind it."""
    header = b"IHDR" + pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + pack(">I", 13) + header + pack(">I", zlib.crc32(header)) + b"\0" * 64


def stored(name: str) -> Path:
    return settings().media_dir / name


@pytest.mark.usefixtures("app")
@pytest.mark.requirement("W-16")
def test_what_a_camera_wrote_beside_the_picture_is_gone() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(IFD.GPSInfo)[GPS_LATITUDE] = (11.0, 33.0, 45.0)
    kept = store_picture("river", picture(exif=exif, comment=b"shot by a witness"), by=OPERATOR)
    for suffix in ("webp", "jpg"):
        with Image.open(stored(f"{kept.digest}.{suffix}")) as image:
            assert dict(image.getexif()) == {}
            assert image.size == (20, 40), "turned as the camera was held"
            assert "comment" not in image.info


@pytest.mark.usefixtures("app")
@pytest.mark.requirement("W-16")
@pytest.mark.parametrize(
    "data",
    [b"", b"hello", SVG, b"GIF89a", picture()[:200], huge_png(50_000), huge_png(8_000), b"%PDF-1.7\n" + picture()],
    ids=["empty", "text", "svg", "cut gif", "cut jpeg", "bomb", "too many pixels", "pdf"],
)
def test_what_is_not_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        store_picture("name", data, by=OPERATOR)
    assert not list(settings().media_dir.glob("*"))


@pytest.mark.usefixtures("app")
@pytest.mark.requirement("W-16")
def test_what_hides_behind_a_picture_is_left_behind() -> None:
    kept = store_picture("river", picture() + b"<script>alert(1)</script>", by=OPERATOR)
    assert b"<script>" not in stored(f"{kept.digest}.webp").read_bytes()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK"), ("GIF", "L")]
)
def test_every_common_kind_of_picture_is_taken(form: str, mode: str) -> None:
    kept = store_picture("river", picture(form=form, mode=mode), by=OPERATOR)
    assert (kept.width, kept.height) == (40, 20)


@pytest.mark.usefixtures("app")
def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    kept = store_picture("river", picture(3200, 1600), by=OPERATOR)
    assert (kept.width, kept.height) == (1600, 800)


@pytest.mark.usefixtures("app")
def test_the_same_name_again_replaces_the_picture_and_keeps_the_old_file() -> None:
    first = store_picture("river", picture(40, 20), by=OPERATOR).digest
    second = store_picture("river", picture(60, 20), by=OPERATOR)
    assert second.width == 60
    assert stored(f"{first}.webp").exists()
    assert stored(f"{second.digest}.webp").exists()
