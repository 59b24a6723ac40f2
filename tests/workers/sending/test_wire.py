import socket
import threading
import time
from collections.abc import Iterator

import pytest

from workers.sending import wire as module
from workers.sending.wire import ConnectionLost, Reply, Wire


def test_a_reply_of_several_lines_is_one(wire: Wire, other: socket.socket) -> None:
    other.sendall(b"250-one\r\n250-two\r\n250 2.1.0 three\r\n")
    assert wire.read_reply(1) == Reply(250, ("one", "two", "2.1.0 three"))


def test_two_replies_in_one_packet_are_two(wire: Wire, other: socket.socket) -> None:
    other.sendall(b"250 one\r\n354 two\r\n")
    assert [wire.read_reply(1).code, wire.read_reply(1).code] == [250, 354]


def test_a_code_alone_is_a_reply(wire: Wire, other: socket.socket) -> None:
    other.sendall(b"250\r\n")
    assert wire.read_reply(1) == Reply(250, ("",))


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        (450, "4.2.0 Later", "4.2.0"),
        (550, "5.1.1", "5.1.1"),
        (550, "4.1.1 Confused", None),
        (250, "Ok", None),
        (550, "5.1.1000 x", None),
    ],
)
def test_an_enhanced_code_counts_where_it_agrees_with_the_plain_one(code: int, text: str, status: str | None) -> None:
    assert Reply(code, (text,)).status == status


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("garbage", [b"\xff\xfe\r\n", b"hello\r\n", b"99 x\r\n", b"x" * 9000, b"250-x\r\n" * 300])
def test_garbage_is_not_smtp(wire: Wire, other: socket.socket, garbage: bytes) -> None:
    other.sendall(garbage)
    with pytest.raises(ConnectionLost):
        wire.read_reply(1)


def test_the_end_of_the_connection_is_noticed(wire: Wire, other: socket.socket) -> None:
    assert not wire.spoke_unasked()
    other.close()
    assert wire.spoke_unasked()
    with pytest.raises(ConnectionLost):
        wire.read_reply(1)


def test_a_server_that_drips_has_no_more_time_than_one_that_is_silent(wire: Wire, other: socket.socket) -> None:
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.05):
            other.send(b"2")

    dripping = threading.Thread(target=drip)
    dripping.start()
    started = time.monotonic()
    with pytest.raises(ConnectionLost, match="timed out"):
        wire.read_reply(0.3)
    assert time.monotonic() - started < 2
    stop.set()
    dripping.join()


def test_the_heart_beats_while_it_waits(wire: Wire, beats: list[None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    with pytest.raises(ConnectionLost):
        wire.read_reply(0.2)
    assert len(beats) > 3


def test_a_reader_who_does_not_read_ends_the_write(wire: Wire) -> None:
    with pytest.raises(ConnectionLost, match="timed out"):
        wire.write(b"x" * 50_000_000, 0.2)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    with near, far:
        yield near, far


@pytest.fixture
def other(ends: tuple[socket.socket, socket.socket]) -> socket.socket:
    return ends[1]


@pytest.fixture
def beats() -> list[None]:
    return []


@pytest.fixture
def wire(ends: tuple[socket.socket, socket.socket], beats: list[None]) -> Wire:
    return Wire(ends[0], lambda: beats.append(None))
