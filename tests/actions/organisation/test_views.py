from flask.testing import FlaskClient

from actions.extensions import db
from tests.factories.organisation import make_list, make_organisation


def test_an_organisation_has_its_own_colour_and_logo_on_every_page(client: FlaskClient) -> None:
    made = make_organisation()
    make_list()
    assert "/look-" not in client.get("/").text
    assert client.get("/look-5b2c83.css").status_code == 404
    made.colour, made.logo = "#5b2c83", "abc"
    db.session.commit()
    home = client.get("/").text
    assert '<link rel="stylesheet" href="/look-5b2c83.css">' in home
    assert 'src="/media/abc.webp"' in home
    sheet = client.get("/look-5b2c83.css")
    assert sheet.mimetype == "text/css"
    assert "--act:#5b2c83" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]
    assert client.get("/look-000000.css").status_code == 404
