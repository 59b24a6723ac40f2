import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from actions.config import Settings
from actions.mailbox import reading
from actions.mailbox.reading import NoSuchMail
from tests.factories.caught import catch


@pytest.fixture
def folder(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    app.config["SETTINGS"] = settings.model_copy(update={"mailbox_dir": tmp_path / "mail"})
    (tmp_path / "mail").mkdir()
    return tmp_path / "mail"


def test_a_mail_is_read_as_it_arrived(folder: Path) -> None:
    message = EmailMessage()
    message["From"] = "Open Door <now@open-door.test>"
    message["To"] = "ann@example.org"
    message["Subject"] = "Please confirm – សូមបញ្ជាក់"
    message["List-Id"] = "<l-updates.open-door.test>"
    message.set_content("Press: http://localhost/c/abc.def\r\n\r\n<http://localhost/u/x>")
    message.add_alternative('<p><a href="http://localhost/c/abc.def">Confirm</a></p>', subtype="html")
    mail_id = catch(folder, bytes(message), to=["ann@example.org"])
    mail = reading.mail(mail_id)
    assert (mail.id, mail.to, mail.sender) == (mail_id, ["ann@example.org"], "Open Door <now@open-door.test>")
    assert mail.subject == "Please confirm – សូមបញ្ជាក់"
    assert mail.links == ["http://localhost/c/abc.def", "http://localhost/u/x"]
    assert mail.headers["List-Id"] == ["<l-updates.open-door.test>"]
    assert "Confirm</a>" in mail.html
    assert reading.raw(mail_id) == bytes(message)
    assert set(mail.to_json()) == {"id", "to", "from", "subject", "date", "headers", "text", "html", "links"}
    json.dumps(mail.to_json())


def test_the_newest_comes_first_and_not_all_at_once(folder: Path) -> None:
    ids = [catch(folder, f"Subject: {number}\r\n\r\nx\r\n".encode()) for number in range(5)]
    assert [mail.id for mail in reading.newest()] == ids[::-1]
    assert [mail.subject for mail in reading.newest(2)] == ["4", "3"]


def test_a_mail_that_is_half_written_or_broken_breaks_nothing(folder: Path) -> None:
    (folder / "123.tmp").write_bytes(b"Subject: half")
    catch(folder, b"")
    catch(folder, b"\xff\xfe no header at all")
    catch(folder, b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\r\n")
    assert len(reading.newest()) == 3


@pytest.mark.parametrize("mail_id", ["", "1", "../../etc/passwd", "..%2fx", "x", "²"])
def test_only_a_mail_of_the_folder_is_read(folder: Path, mail_id: str) -> None:
    (folder.parent / "1.eml").write_bytes(b"secret")
    for read in (reading.mail, reading.raw):
        with pytest.raises(NoSuchMail):
            read(mail_id)


def test_before_the_first_mail_there_is_none(app: Flask, folder: Path) -> None:
    folder.rmdir()
    assert reading.newest() == []
