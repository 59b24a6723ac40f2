import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from workers.sending.channel import Channel, ConnectionLost, Garbled, TimedOut
from workers.sending.replies import Reply


@asynccontextmanager
async def both_ends() -> AsyncIterator[tuple[Channel, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, channel = await asyncio.get_running_loop().create_connection(Channel, *server.getsockname())
        other, _ = server.accept()
    with other:
        yield channel, other
        channel.abandon()
        await asyncio.sleep(0)


class Ears:
    def __init__(self, channel: Channel) -> None:
        self.codes: list[int] = []
        self.was_lost = self.was_drained = False
        self.told = asyncio.Event()
        channel.listener = self

    def heard(self, replies: Sequence[Reply]) -> None:
        self.codes += [reply.code for reply in replies]
        self.told.set()

    def drained(self) -> None:
        self.was_drained = True
        self.told.set()

    def lost(self) -> None:
        self.was_lost = True
        self.told.set()


def test_a_question_has_its_answer() -> None:
    async def asking() -> None:
        async with both_ends() as (channel, other):
            other.sendall(b"250-one\r\n250 two\r\n")
            assert await channel.ask(b"EHLO us", 1) == Reply(250, ("one", "two"))
            assert other.recv(100) == b"EHLO us\r\n"

    asyncio.run(asking())


def test_what_was_said_before_it_was_asked_is_no_answer() -> None:
    async def asking() -> None:
        async with both_ends() as (channel, other):
            other.sendall(b"220 hello\r\n250 too much\r\n")
            assert (await channel.ask(None, 1)).code == 220
            with pytest.raises(Garbled):
                await channel.ask(b"EHLO us", 1)
            assert not channel.is_open

    asyncio.run(asking())


@pytest.mark.requirement("B-60")
@pytest.mark.parametrize("garbage", [b"\xff\xfe\r\n", b"hello\r\n", b"x" * 9000, b"250-x\r\n" * 300])
def test_garbage_ends_the_connection(garbage: bytes) -> None:
    async def asking() -> None:
        async with both_ends() as (channel, other):
            other.sendall(garbage)
            with pytest.raises(Garbled):
                await channel.ask(None, 1)

    asyncio.run(asking())


def test_the_end_of_the_connection_is_noticed() -> None:
    async def asking() -> None:
        async with both_ends() as (channel, other):
            other.close()
            with pytest.raises(ConnectionLost):
                await channel.ask(None, 1)
            with pytest.raises(ConnectionLost):
                await channel.ask(b"NOOP", 1)

    asyncio.run(asking())


@pytest.mark.requirement("B-61")
def test_a_server_that_drips_has_no_more_time_than_one_that_is_silent() -> None:
    async def drip(other: socket.socket) -> None:
        while True:
            await asyncio.sleep(0.05)
            other.send(b"2")

    async def asking() -> None:
        async with both_ends() as (channel, other):
            dripping = asyncio.create_task(drip(other))
            started = time.monotonic()
            with pytest.raises(TimedOut):
                await channel.ask(None, 0.3)
            assert time.monotonic() - started < 2
            dripping.cancel()

    asyncio.run(asking())


def test_a_listener_hears_as_it_comes_and_learns_of_the_end() -> None:
    async def listening() -> None:
        async with both_ends() as (channel, other):
            ears = Ears(channel)
            other.sendall(b"250 one\r\n354 two\r\n")
            await asyncio.wait_for(ears.told.wait(), 2)
            assert ears.codes == [250, 354]
            ears.told.clear()
            other.close()
            await asyncio.wait_for(ears.told.wait(), 2)
            assert ears.was_lost

    asyncio.run(listening())


def test_a_shorter_time_ends_sooner_than_a_longer_one_that_was_set_before() -> None:
    async def listening() -> None:
        async with both_ends() as (channel, _other):
            ears = Ears(channel)
            channel.expect_within(60)
            channel.expect_within(0.1)
            await asyncio.wait_for(ears.told.wait(), 2)
            assert ears.was_lost

    asyncio.run(listening())


def test_who_expects_nothing_may_wait_for_ever() -> None:
    async def listening() -> None:
        async with both_ends() as (channel, _other):
            channel.expect_within(0.05)
            channel.expect_nothing()
            await asyncio.sleep(0.15)
            assert channel.is_open

    asyncio.run(listening())


def test_it_is_full_until_the_last_octet_has_left() -> None:
    async def writing() -> None:
        async with both_ends() as (channel, other):
            ears = Ears(channel)
            channel.write(b"x" * 50_000_000)
            assert channel.is_full
            read = await asyncio.to_thread(_read, other, 50_000_000)
            assert read == 50_000_000
            await asyncio.wait_for(ears.told.wait(), 2)
            assert ears.was_drained
            assert not channel.is_full

    asyncio.run(writing())


def test_abandoned_it_tells_nobody() -> None:
    async def leaving() -> None:
        async with both_ends() as (channel, other):
            ears = Ears(channel)
            channel.abandon()
            await asyncio.sleep(0.05)
            assert not ears.was_lost
            assert await asyncio.to_thread(other.recv, 1) == b""

    asyncio.run(leaving())


def _read(other: socket.socket, size: int) -> int:
    got = 0
    while got < size and (data := other.recv(1_000_000)):
        got += len(data)
    return got
