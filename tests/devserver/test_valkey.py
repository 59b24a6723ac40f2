from pathlib import Path

import kombu
import psutil
import pytest
import redis

from devserver.processes import CouldNotStart
from devserver.valkey import Valkey, find_binary, running_valkey


def test_it_answers_on_a_unix_socket_and_has_no_port(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url(3)) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}


def test_celery_reaches_the_same_server(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server:
        with kombu.Connection(server.broker_url(5)) as broker, broker.SimpleQueue("now") as queue:
            queue.put({"id": 1})
        with redis.Redis.from_url(server.url(5)) as client:
            assert client.llen("now") == 1


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    with Valkey(tmp_path / ("deep" * 30)) as server:
        socket = Path(server.url().removeprefix("unix://").partition("?")[0])
        assert socket.exists()
    assert not socket.parent.exists()


def test_killed_and_started_again_it_is_empty_at_the_same_address(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        client.set("seen", 1)
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("seen")
        server.start()
        assert client.get("seen") is None


def test_a_stopped_server_leaves_no_process(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    assert server.process is not None
    pid = server.process.pid
    server.stop()
    assert not psutil.pid_exists(pid)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(CouldNotStart, match="Valkey did not start"):
        Valkey(tmp_path, binary=Path("/bin/false")).start()


def test_without_the_wheel_the_path_is_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("devserver.valkey.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotStart, match="REDIS_URL"):
        find_binary()
    (tmp_path / "redis-server").touch(0o755)
    assert find_binary() == tmp_path / "redis-server"


def test_a_given_address_starts_nothing(tmp_path: Path) -> None:
    with running_valkey(tmp_path / "unused", given="redis://elsewhere:6379/0") as url:
        assert url == "redis://elsewhere:6379/0"
    assert not (tmp_path / "unused").exists()


def test_the_address_of_an_own_server_answers(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as url, redis.Redis.from_url(url) as client:
        assert client.ping()
