from io import BytesIO
from typing import IO, Any

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge

from actions import form_files
from actions.form_files import BrokenOff, FileLeftUnread, read_to_the_end
from tests.factories.multipart import BOUNDARY, Counted, around, multipart

TYPE = "multipart/form-data"


def parsed(body: IO[bytes], kind: str = TYPE, **limits: Any) -> tuple[Any, Any]:
    _, form, files = FileLeftUnread(**limits).parse(body, kind, None, {"boundary": BOUNDARY})
    return form, files


def test_fields_are_read_and_the_file_is_left_until_it_is_asked_for() -> None:
    data = b"email\n" + b"ann@example.org\n" * 100_000
    body, _ = multipart({"csrf_token": "t", "note": "Zo\u00eb"}, data)
    form, files = parsed(body)
    assert (form["csrf_token"], form["note"]) == ("t", "Zo\u00eb")
    assert body.read_of_it < 5_000
    assert files["file"].filename == "people.csv"
    assert files["file"].read() == data


@given(data=st.binary(max_size=400) | st.text("\r\n-ab", max_size=400).map(str.encode), size=st.integers(1, 30))
def test_it_is_read_octet_by_octet_as_it_was_sent(data: bytes, size: int) -> None:
    head, foot = around({"csrf_token": "t"})

    class Dripping(BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            return super().read(min(most or size, size))

    _, files = parsed(Dripping(head + data + foot))
    # Where the last line of the form itself is cut, Werkzeug leaves a carriage return; it ends no row of a table.
    assert files["file"].read().rstrip(b"\r") == data.rstrip(b"\r")


@pytest.mark.parametrize("cut", [1, 3, 20, 5_000])
def test_one_that_breaks_off_is_none(cut: int) -> None:
    head, foot = around({})
    _, files = parsed(BytesIO((head + b"x" * 10_000 + foot)[:-cut]))
    if cut == 1:
        # The last line may lack its end.
        assert len(files["file"].read()) == 10_000
        return
    with pytest.raises(BrokenOff):
        files["file"].read()


@pytest.mark.parametrize("body", [b"", b"nothing of the kind", b"--a-boundary-of-ours\r\nno: disposition\r\n\r\n"])
def test_what_is_no_form_has_no_fields(body: bytes) -> None:
    assert [dict(one) for one in parsed(BytesIO(body))] == [{}, {}]


@pytest.mark.requirement("W-22")
def test_a_field_beyond_the_limit_is_refused() -> None:
    with pytest.raises(RequestEntityTooLarge):
        parsed(multipart({"note": "x" * 200_000}, b"")[0], max_form_memory_size=100_000)


def test_any_other_form_is_read_as_ever() -> None:
    form, files = parsed(BytesIO(b"email=ann%40example.org"), "application/x-www-form-urlencoded")
    assert (form["email"], len(files)) == ("ann@example.org", 0)


def test_what_is_left_is_read_but_not_for_ever(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_files, "MOST_READ", 300_000)
    for size, left in ((200_000, 0), (500_000, 200_000)):
        sent = Counted(b"x" * size)
        with app.test_request_context(method="POST", input_stream=sent, content_length=size):
            assert request.content_length == size
            read_to_the_end()
        assert size - sent.read_of_it == left
