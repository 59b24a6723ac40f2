import re

from flask import Blueprint, abort, send_from_directory
from flask.wrappers import Response

from actions.config import settings

# A name holds the digest of what it names, so a year is not too long.
FOR_EVER = 365 * 24 * 3600
_NAME = re.compile(r"[0-9a-f]{64}\.(webp|jpg)")
_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<name>")
def show_picture(name: str) -> Response:
    match = _NAME.fullmatch(name)
    if match is None:
        abort(404)
    response = send_from_directory(
        settings().media_dir.resolve(), name, mimetype=_TYPES[match[1]], max_age=FOR_EVER, conditional=True
    )
    response.cache_control.public = True
    response.cache_control.immutable = True
    # Mail programs in a browser show a mail's pictures inside their own pages.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
