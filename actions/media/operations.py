"""A picture is never kept as it came: it is decoded, turned upright, made smaller and written anew (W-16)."""

import hashlib
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from PIL import Image, ImageOps
from sqlalchemy import select

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.extensions import db
from actions.media.models import Picture

# Read by content, whatever the name says. SVG is not among them: it can hold scripts.
READABLE = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES = 20 * 1024 * 1024
# A picture of 7,000 x 7,000 takes 150 MB once decoded; anything larger is refused from its header alone.
MOST_PIXELS = 49_000_000
# Twice the width of the text column, for screens with two pixels to a point.
WIDEST = 1600
TALLEST = 2400
QUALITY = 82
PAPER = (251, 247, 240)


class NotAPicture(Exception):
    """The bytes are no JPEG, PNG, WebP or GIF that can be decoded, or it is larger than we would decode."""


def store_picture(name: str, data: bytes, *, by: Actor) -> Picture:
    """Two files, WebP for pages and JPEG for mail, both named by the digest of the first.

    The same name again replaces the picture; the old files stay, since a mail that went out may show them.
    Raises NotAPicture.
    """
    image = _decoded(data)
    webp = _encoded(image, "WEBP")
    digest = hashlib.sha256(webp).hexdigest()
    _write(f"{digest}.webp", webp)
    _write(f"{digest}.jpg", _encoded(image, "JPEG"))
    picture = db.session.scalars(select(Picture).where(Picture.name == name)).one_or_none()
    if picture is None:
        picture = Picture(name=name, created_at=clock.now())
        db.session.add(picture)
    picture.digest, picture.content_type = digest, "image/webp"
    picture.width, picture.height = image.size
    db.session.flush()
    return picture


def rewritten(data: bytes) -> bytes:
    """The same as a JPEG that is not kept here: a picture that is not to be published. Raises NotAPicture."""
    return _encoded(_decoded(data), "JPEG")


def _decoded(data: bytes) -> Image.Image:
    if len(data) > MOST_BYTES:
        raise NotAPicture("it has more than 20 MB")
    try:
        with Image.open(BytesIO(data), formats=READABLE) as opened:
            _refuse_more_pixels_than_we_decode(opened)
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((WIDEST, TALLEST))
            return _without_metadata(upright)
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise NotAPicture("it has more than 49 million pixels") from bomb
    # Pillow's decoders raise nearly anything for broken files: OSError, SyntaxError, ValueError, struct.error, …
    except Exception as error:
        raise NotAPicture("it could not be read as a picture") from error


def _refuse_more_pixels_than_we_decode(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise NotAPicture("it has more than 49 million pixels")


def _without_metadata(image: Image.Image) -> Image.Image:
    """The pixels alone, on the page's own paper where they are transparent."""
    clean = Image.new("RGB", image.size, PAPER)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def _encoded(image: Image.Image, form: str) -> bytes:
    out = BytesIO()
    options = {"method": 4} if form == "WEBP" else {"optimize": True, "progressive": True}
    image.save(out, form, quality=QUALITY, **options)
    return out.getvalue()


def _write(name: str, data: bytes) -> None:
    """At once or not at all: a reader never meets half a file."""
    folder = settings().media_dir
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as part:
        part.write(data)
    path = Path(part.name)
    path.chmod(0o644)
    path.replace(folder / name)
