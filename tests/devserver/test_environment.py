import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devserver.environment import (
    Wishes,
    free_port,
    kept_secrets,
    read_wishes,
    require_free_port,
    settings_for_programs,
    surroundings,
    write_environment,
)
from devserver.processes import CouldNotStart


def wishes(tmp_path: Path, **given: str) -> Wishes:
    return Wishes(port=8000, var_dir=tmp_path, once=False, given=given)


def test_without_wishes_it_is_port_8000_and_var() -> None:
    read = read_wishes({})
    assert (read.port, read.var_dir, read.once, read.given) == (8000, Path.cwd() / "var", False, {})


def test_port_folder_and_servers_can_be_given(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db/clarion", "REDIS_URL": "redis://r/0", "SMTP_URL": "smtp://relay:25"}
    read = read_wishes({"PORT": "9001", "VAR_DIR": str(tmp_path), "BROKER_URL": "", **given})
    assert (read.port, read.var_dir, read.given) == (9001, tmp_path, given)


def test_once_plays_in_a_folder_of_its_own(tmp_path: Path) -> None:
    assert read_wishes({"ONCE": "1", "VAR_DIR": str(tmp_path)}).var_dir == tmp_path / "once"
    assert not read_wishes({"ONCE": "0"}).once


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000 "])
def test_a_port_that_is_none_is_a_sentence(port: str) -> None:
    with pytest.raises(CouldNotStart, match="it must be a number from 1 to 65535"):
        read_wishes({"PORT": port})


def test_a_busy_port_is_a_sentence_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CouldNotStart, match=rf"Port {port} is in use.*make run PORT={port + 1}"):
            require_free_port(port)
    require_free_port(free_port())


def test_secrets_are_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    made = kept_secrets(tmp_path)
    assert set(made) == {"SECRET_KEYS", "ENCRYPTION_KEYS"}
    assert len(set(made.values())) == 2
    assert min(map(len, made.values())) >= 32
    assert kept_secrets(tmp_path) == made
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_data_whose_keys_are_gone_are_not_given_new_ones(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/PG_VERSION").touch()
    with pytest.raises(CouldNotStart, match="was encrypted with the keys it held"):
        kept_secrets(tmp_path)


def test_what_is_named_in_the_environment_wins_over_our_defaults(tmp_path: Path) -> None:
    servers = {"DATABASE_URL": "postgresql://db/clarion"}
    settings = settings_for_programs(wishes(tmp_path), servers, {"MAIL_FROM": "us@example.org", "BASE_URL": ""})
    assert settings["MAIL_FROM"] == "us@example.org"
    assert settings["BASE_URL"] == "http://localhost:8000"
    assert settings["STAFF_SECOND_FACTOR"] == "optional"
    assert settings["DATABASE_URL"] == servers["DATABASE_URL"]
    assert settings["MAILBOX_DIR"] == str(tmp_path / "mailbox")


@pytest.mark.parametrize(("smtp", "demo"), [("smtp://127.0.0.1:2525", True), ("smtp://relay.example.org", False)])
def test_a_given_relay_gets_no_mailbox_and_only_on_loopback_demo_content(
    tmp_path: Path, smtp: str, *, demo: bool
) -> None:
    chosen = wishes(tmp_path, SMTP_URL=smtp)
    assert chosen.is_demo is demo
    assert "MAILBOX_DIR" not in settings_for_programs(chosen, {}, {})


def test_a_shell_reads_the_written_environment(tmp_path: Path) -> None:
    path = tmp_path / "environment"
    write_environment(path, {"SMTP_URL": "smtp://u:p&w$d'@h?tls=none", "BASE_URL": "http://localhost:8000"})
    shell = ["sh", "-c", '. "$1"; printf %s "$SMTP_URL"', "sh", str(path)]
    assert subprocess.run(shell, capture_output=True, check=True, text=True).stdout == "smtp://u:p&w$d'@h?tls=none"
    assert path.stat().st_mode & 0o777 == 0o600


def test_programs_find_the_commands_of_this_python_first(tmp_path: Path) -> None:
    env = surroundings({"BASE_URL": "http://localhost:8000"}, wishes(tmp_path))
    assert env["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert (env["PORT"], env["VAR_DIR"], env["BASE_URL"]) == ("8000", str(tmp_path), "http://localhost:8000")
