"""The scripted server itself: what it says it took is what its clients gave it."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.chaos.conversation import Pause, Reception
from tests.chaos.script import Script, Step
from tests.chaos.tally import Note, Tally, Verdict, read

PEOPLE = 20_000
MAIL = b"MAIL FROM:<b-1@x.test>\r\nRCPT TO:<%s>\r\nDATA\r\n"
TEXT = b"Message-ID: <1@x.test>\r\n\r\nHello\r\n..a dot\r\n.\r\n"
TAKEN = b"Message-ID: <1@x.test>\r\n\r\nHello\r\n.a dot\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Reception], Coroutine[None, None, bytes]]


def talk_to(folder: Path, talk: Talk, *, pause: Pause | None = None) -> tuple[bytes, list[Note]]:
    async def serve() -> bytes:
        tally = Tally(folder / "tally")
        reception = Reception(Script(1), tally, offers=("PIPELINING", "CHUNKING"), pause=pause)
        server = await asyncio.get_running_loop().create_server(reception.converse, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
            heard = await asyncio.wait_for(talk(reader, writer, reception), 10)
            writer.close()
        tally.close()
        return heard

    return asyncio.run(serve()), list(read(folder / "tally"))


def somebody(wanted: Callable[[str], bool]) -> bytes:
    return next(name for name in (f"p{number}@x.test" for number in range(PEOPLE)) if wanted(name)).encode()


def is_liked(name: str) -> bool:
    turn = Script(1).turn(name, 0)
    return turn.step is Step.DOT and turn.reply.startswith(b"250") and not turn.delay and not turn.drip


def test_a_pipelined_message_is_taken_and_written_down_as_it_was(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Reception) -> bytes:
        writer.write(b"EHLO me\r\n" + MAIL % somebody(is_liked) + TEXT + b"QUIT\r\n")
        return await reader.read()

    heard, notes = talk_to(tmp_path, talk)
    codes = [line[:3] for line in heard.splitlines()]
    assert codes[:8] == [b"220", b"250", b"250", b"250", b"250", b"250", b"354", b"250"]
    assert [(note.verdict, note.message_id) for note in notes] == [(Verdict.ACCEPTED, "<1@x.test>")]
    assert notes[0].sha256 == hashlib.sha256(TAKEN).hexdigest()


def test_a_chunked_message_is_the_same_message(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Reception) -> bytes:
        envelope = MAIL.replace(b"DATA\r\n", b"") % somebody(is_liked)
        writer.write(b"EHLO me\r\n" + envelope + b"BDAT 10\r\n" + TAKEN[:10])
        writer.write(b"BDAT %d LAST\r\n" % len(TAKEN[10:]) + TAKEN[10:] + b"QUIT\r\n")
        return await reader.read()

    _, notes = talk_to(tmp_path, talk)
    assert [note.sha256 for note in notes] == [hashlib.sha256(TAKEN).hexdigest()]


def test_a_message_that_is_dropped_after_the_dot_is_a_copy(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Reception) -> bytes:
        dropped = somebody(lambda name: Script(1).turn(name, 0).step is Step.DOT and not Script(1).turn(name, 0).reply)
        writer.write(b"EHLO me\r\n" + MAIL % dropped + TEXT)
        return await reader.read()

    heard, notes = talk_to(tmp_path, talk)
    assert heard.endswith(b"354 Go ahead\r\n")
    assert [note.verdict for note in notes] == [Verdict.DROPPED]
    assert notes[0].verdict.is_copy


def test_nothing_comes_for_a_recipient_who_is_refused(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Reception) -> bytes:
        refused = somebody(lambda name: Script(1).turn(name, 0).reply.startswith(b"550"))
        writer.write(b"EHLO me\r\n" + MAIL % refused + b"RSET\r\nQUIT\r\n")
        return await reader.read()

    heard, notes = talk_to(tmp_path, talk)
    assert b"550 5.1.1" in heard
    assert b"554 5.5.1" in heard
    assert [note.verdict for note in notes] == [Verdict.REFUSED]


@pytest.mark.parametrize("step", [Step.CONNECT, Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT, Step.DOT])
def test_it_stays_at_a_step_until_it_is_told_to_go_on(tmp_path: Path, step: Step) -> None:
    pause = Pause(step)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Reception) -> bytes:
        writer.write(b"EHLO me\r\n" + MAIL % somebody(is_liked) + TEXT + b"QUIT\r\n")
        assert await asyncio.to_thread(pause.reached.wait, 5)
        pause.end()
        return await reader.read()

    _, notes = talk_to(tmp_path, talk, pause=pause)
    assert [note.verdict for note in notes] == [Verdict.ACCEPTED]


def test_the_script_does_to_each_what_the_seed_says_and_about_as_often_as_it_should() -> None:
    names = [f"p{number}@x.test" for number in range(PEOPLE)]
    turns = [Script(3).turn(name, 0) for name in names]
    assert turns == [Script(3).turn(name, 0) for name in names]
    assert turns != [Script(4).turn(name, 0) for name in names]
    share = Counter(turn.reply[:3] for turn in turns)
    later = (share[b"451"] + share[b"452"]) / PEOPLE
    refused = (share[b"550"] + share[b"554"]) / PEOPLE
    assert 0.04 < later < 0.06
    assert 0.007 < refused < 0.013
    assert 0.003 < sum(turn.step is Step.DOT and not turn.reply for turn in turns) / PEOPLE < 0.007


def test_whoever_is_refused_stays_refused_and_anybody_else_is_taken_in_the_end() -> None:
    script = Script(5)
    for number in range(PEOPLE // 10):
        name = f"p{number}@x.test"
        replies = [script.turn(name, before).reply[:1] for before in range(30)]
        assert (set(replies) == {b"5"}) if script.is_refused(name) else (b"2" in replies and b"5" not in replies)
