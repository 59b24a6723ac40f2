from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from actions.actors import OPERATOR
from actions.media.operations import store_picture


@pytest.fixture
def digest(app: object) -> str:
    out = BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    return store_picture("gate", out.getvalue(), by=OPERATOR).digest


@pytest.mark.parametrize(("suffix", "content_type"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_a_picture_is_served_for_ever_as_what_it_is(
    client: FlaskClient, digest: str, suffix: str, content_type: str
) -> None:
    answer = client.get(f"/media/{digest}.{suffix}")
    assert answer.status_code == 200
    assert answer.content_type == content_type
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    answer.close()


@pytest.mark.parametrize("name", ["nothing.webp", "..%2f..%2fclock", "a" * 64 + ".webp", "a" * 64 + ".svg", ".hidden"])
def test_nothing_else_is_served(client: FlaskClient, digest: str, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404
    assert digest
