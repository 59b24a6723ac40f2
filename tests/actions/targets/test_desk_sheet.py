import csv
from io import BytesIO, StringIO

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from actions.extensions import db
from actions.staff.roles import StaffRole
from actions.targets.models import Target
from actions.targets.queries import all_targets
from actions.targets.sheet import LARGEST_FILE
from tests.factories.desk import Desk, at_the_desk, fields_of
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_target
from tests.factories.target_fields import FIELDS

APPLY = "/desk/targets/import/apply"
CELLS = FIELDS | {"country": "KH"}


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


def table(*rows: dict[str, str]) -> bytes:
    written = StringIO()
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def look(desk: Desk, content: bytes) -> tuple[int, str]:
    file = FileStorage(BytesIO(content), "targets.csv", content_type="text/csv")
    # In memory: the test client would leave a large one behind in an open temporary file.
    boundary, body = encode_multipart({"csrf_token": desk.token(), "file": file})
    answer = desk.client.post(
        "/desk/targets/import", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    return answer.status_code, answer.get_data(as_text=True)


def test_a_file_is_looked_at_and_saved_by_a_press_alone(desk: Desk) -> None:
    status, html = look(desk, table(CELLS))
    assert status == 200
    assert "Save 1 target" in html
    assert all_targets() == []
    assert desk.post(APPLY, **fields_of(html, APPLY)).status_code == 303
    assert [target.name for target in all_targets()] == [FIELDS["name"]]
    assert "This file changes nothing." in look(desk, table(CELLS))[1]


def test_what_changed_since_one_looked_is_shown_anew_and_not_saved(desk: Desk) -> None:
    target = make_target(demonstration=True)
    _, html = look(desk, table({"slug": target.slug, "office": "Minister"}))
    target.office, target.version = "Consul", 2
    db.session.commit()
    answer = desk.post(APPLY, **fields_of(html, APPLY))
    assert answer.status_code == 409
    assert "The directory has changed since you looked." in answer.get_data(as_text=True)
    db.session.expire_all()
    assert db.session.get_one(Target, target.id).office == "Consul"


def test_the_directory_is_taken_along_and_comes_back_unchanged(desk: Desk) -> None:
    make_target(demonstration=True)
    answer = desk.client.get("/desk/targets/export.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="targets.csv"'
    status, html = look(desk, answer.data)
    assert status == 200
    assert "This file changes nothing." in html


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\0\1\2", "This is no CSV file."), (b"x" * (10 * 1024 * 1024), "larger than 4 MB"), (b'name\n"', "is no CSV")],
)
def test_a_hostile_file_is_refused_in_words(desk: Desk, content: bytes, said: str) -> None:
    assert len(content) > LARGEST_FILE or len(content) < 100
    status, html = look(desk, content)
    assert (status, said in html) == (422, True)
    answer = desk.post(APPLY, table=content.decode("latin-1")[:1000], plan="")
    assert answer.status_code in {409, 422}
    assert all_targets() == []


def test_no_file_at_all_is_said(desk: Desk) -> None:
    answer = desk.post("/desk/targets/import")
    assert answer.status_code == 422
    assert "Choose the file first." in answer.get_data(as_text=True)
