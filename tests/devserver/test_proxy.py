import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest

from devserver.proxy import Line


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
    writer.close()


@asynccontextmanager
async def line_to_echo(delay: float = 0.0) -> AsyncIterator[Line]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Line(0, server.sockets[0].getsockname()[1], delay) as line:
        yield line


def test_what_goes_in_comes_out_whole() -> None:
    async def talk() -> bytes:
        async with line_to_echo() as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            writer.write(SAID)
            writer.write_eof()
            heard = await reader.read()
            writer.close()
            return heard

    assert asyncio.run(talk()) == SAID


SAID = b"".join(b"%d " % number for number in range(300_000))


def test_the_delay_holds_each_way_and_the_order_stays() -> None:
    async def talk() -> tuple[float, bytes]:
        async with line_to_echo(0.05) as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            began = time.monotonic()
            for number in range(50):
                writer.write(bytes([number]))
                await asyncio.sleep(0.001)
            heard = await reader.readexactly(1)
            first = time.monotonic() - began
            heard += await reader.readexactly(49)
            writer.close()
            return first, heard

    first, heard = asyncio.run(talk())
    assert first >= 0.1
    assert all(before < after for before, after in pairwise(heard))


def test_a_cut_line_resets_both_ends_and_the_next_call_goes_through() -> None:
    async def talk() -> bytes:
        async with line_to_echo() as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            writer.write(b"before")
            assert await reader.readexactly(6) == b"before"
            line.cut()
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
            writer.close()
            again, second = await asyncio.open_connection("127.0.0.1", line.port)
            second.write(b"after")
            heard = await again.readexactly(5)
            second.close()
            return heard

    assert asyncio.run(talk()) == b"after"


def test_a_line_to_nowhere_hangs_up() -> None:
    async def talk() -> bytes:
        async with Line(0, 1) as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            heard = await reader.read()
            writer.close()
            return heard

    assert asyncio.run(talk()) == b""
