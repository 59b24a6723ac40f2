import subprocess
import sys
from pathlib import Path

import pytest

from devserver.postgres import find_binaries
from devserver.valkey import find_binary
from devserver.with_servers import run_beside

ASKS = """
import os, psycopg, redis, sys
psycopg.connect(os.environ["TEST_DATABASE_URL"].replace("+psycopg", "")).close()
with redis.Redis.from_url(os.environ["TEST_REDIS_URL"]) as client:
    client.ping()
sys.exit(3)
"""


def test_the_command_reaches_both_servers_and_its_status_is_ours() -> None:
    assert run_beside(find_binaries(), find_binary(), [sys.executable, "-c", ASKS]) == 3


def test_a_server_that_is_missing_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_beside(find_binaries(), Path("/bin/false"), ["true"]) == 1
    assert "Valkey did not start" in capsys.readouterr().err


def test_it_is_a_command() -> None:
    command = [sys.executable, "-m", "devserver.with_servers"]
    servers = ["--postgres", str(find_binaries()), "--redis", str(find_binary())]
    ran = subprocess.run([*command, *servers, "--", sys.executable, "-c", ASKS], check=False)
    assert ran.returncode == 3
