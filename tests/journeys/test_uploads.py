"""A list of people, through the web server that a deployment runs: its memory, its files, and what it says."""

from collections.abc import Iterator

import psutil
import pytest

from tests.factories.house import until
from tests.factories.stage import RunningStage
from tests.factories.uploading import HOME, Uploader, Watched, watched

MB = 1024 * 1024
ROW = b"person-%07d@example.org,Ann,Example,DE,en,2026-01-01,something that nobody needs to be told twice\n"
# Of one process that holds no more than some pieces of the file at a time.
FLAT = 40 * MB


@pytest.fixture(scope="module")
def member(stage: RunningStage) -> Uploader:
    uploader = Uploader(stage)
    uploader.sign_in()
    # What the first upload of a process loads is no growth of the second.
    uploader.upload([b"email\nann@example.org\n"], 22)
    return uploader


def table(megabytes: int) -> Iterator[bytes]:
    """Of exactly so many, cut in the middle of a row at the end of each."""
    rest = b"email,first_name,last_name,country,language,consent_date,note\n"
    number = 0
    for _ in range(megabytes):
        while len(rest) < MB:
            rest += b"".join(ROW % (number + one) for one in range(500))
            number += 500
        yield rest[:MB]
        rest = rest[MB:]


def web(stage: RunningStage) -> psutil.Process:
    """The parent of the processes that answer."""
    programs = (one for one in psutil.Process().children(recursive=True) if "gunicorn" in " ".join(one.cmdline()))
    return next(one for one in programs if one.environ().get("PORT") == stage.environment["PORT"])


def memory_of_web(stage: RunningStage) -> int:
    program = web(stage)
    return max(process.memory_info().rss for process in (program, *program.children(recursive=True)))


def spooled(seen: Watched) -> set[str]:
    """Files without a name, but for the one by which gunicorn sees that its workers live."""
    return {file for file in seen.files if file.endswith("(deleted)") and "wgunicorn" not in file}


def kept(stage: RunningStage) -> tuple[object, ...]:
    """(transfers, pieces)."""
    (counts,) = stage.rows("SELECT (SELECT count(*) FROM transfers), (SELECT count(*) FROM transfer_parts)")
    return counts


@pytest.mark.requirement("W-22")
def test_two_hundred_megabytes_are_taken_with_flat_memory_and_nothing_on_the_disk(
    stage: RunningStage, member: Uploader
) -> None:
    before = memory_of_web(stage)
    with watched(web(stage)) as seen:
        status, _, path = member.upload(table(200), 200 * MB)
    assert status == 303, stage.said()
    assert seen.most_memory - before < FLAT
    assert spooled(seen) == set()
    assert "Read as UTF-8" in member.ask("GET", path)[1]
    newest = (
        "SELECT count(*), sum(length(content_sealed)) FROM transfer_parts GROUP BY transfer_id ORDER BY transfer_id"
    )
    pieces, octets = stage.rows(newest)[-1]
    assert (pieces, int(str(octets)) > 200 * MB) == (200, True)


@pytest.mark.requirement("W-22")
def test_one_megabyte_more_is_refused_with_a_sentence(stage: RunningStage, member: Uploader) -> None:
    before, held = kept(stage), memory_of_web(stage)
    with watched(web(stage)) as seen:
        status, page, _ = member.upload(table(201), 201 * MB)
    assert (status, "more than 200 MB" in page, "split the table" in page) == (413, True, True)
    assert kept(stage) == before
    assert seen.most_memory - held < FLAT


def test_nothing_is_left_of_a_file_whose_sender_breaks_off(stage: RunningStage, member: Uploader) -> None:
    before = kept(stage)
    with watched(web(stage)) as seen:
        member.break_off(table(5), 50 * MB)
        until(lambda: kept(stage) == before, f"its pieces go\n{stage.said()}")
    assert spooled(seen) == set()


def test_no_transaction_waits_for_a_slow_sender(stage: RunningStage, member: Uploader) -> None:
    idle = (
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
    )

    def slowly() -> Iterator[bytes]:
        for piece in table(3):
            yield piece
            until(lambda: stage.rows(idle) == [(0,)], "no transaction waits")

    assert member.upload(slowly(), 3 * MB)[0] == 303


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 422, "This file is empty"),
        (b"PK\x03\x04\0\0" + bytes(range(256)) * 9000, 422, "This is no CSV file"),
        (b"email,name\n" + b"a" * 3_000_000, 422, "Line 2 is no CSV"),
        (b'email,name\nann@example.org,"Ann\nben@example.org,Ben\n', 422, "Line 2 is no CSV"),
        ("email;name\nann@example.org;Zoë\n".encode("utf-16"), 303, "Read as UTF-16, columns parted by semicolons"),
        ("email;name\r\nann@example.org;Zoë\r\n".encode("cp1252"), 303, "Read as Windows Latin"),
    ],
)
def test_a_file_of_any_make_is_taken_or_refused_in_words(member: Uploader, data: bytes, status: int, said: str) -> None:
    found, page, path = member.upload([data], len(data))
    assert found == status
    shown = member.ask("GET", path)[1] if path else page
    assert said in shown
    assert ("Zoë" in shown) == (status == 303)


def test_who_is_not_signed_in_sends_no_file(stage: RunningStage, member: Uploader) -> None:
    before = kept(stage)
    stranger = Uploader(stage)
    assert stranger.ask("POST", HOME, {"csrf_token": "none"})[0] == 303
    assert kept(stage) == before
