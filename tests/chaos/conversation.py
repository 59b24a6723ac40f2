"""One conversation with the scripted server: pipelined (RFC 2920), chunked (RFC 3030) or neither."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import cast

from tests.chaos.script import GREYLISTED_SECONDS, HANG_UP, OK, YES, Script, Step, Turn
from tests.chaos.tally import Tally, Verdict

ADDRESS = re.compile(rb"<([^>]*)>")
NOBODY = b"554 5.5.1 No valid recipients"
OUT_OF_ORDER = b"503 5.5.1 Not now"
DRIP_SECONDS = 0.02


class Pause:
    """The conversation that comes to `step` first, after `after` others, stays there until it is told to go on."""

    def __init__(self, step: Step, after: int = 0) -> None:
        self.step = step
        self.reached = threading.Event()
        self._left = after
        self._go_on: Callable[[], None] | None = None

    def holds(self, step: Step, go_on: Callable[[], None]) -> bool:
        if step is not self.step or self.reached.is_set():
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        self._go_on = go_on
        self.reached.set()
        return True

    def end(self) -> None:
        """From within the loop that it runs in."""
        if self._go_on is not None:
            self._go_on()


class Reception:
    """What all conversations share."""

    def __init__(self, script: Script, tally: Tally, *, offers: tuple[str, ...], pause: Pause | None = None) -> None:
        self.script = script
        self.tally = tally
        self.offers = offers
        self.pause = pause
        self.loop = asyncio.get_running_loop()
        self.conversations = 0
        self._tries: Counter[tuple[str, str]] = Counter()
        self._begun: Counter[str] = Counter()
        self._first_seen: dict[tuple[str, str], float] = {}

    def welcome(self, sender: str) -> bytes:
        """The answer to MAIL."""
        self._begun[sender] += 1
        return self.script.welcome(sender, self._begun[sender])

    def turn(self, sender: str, recipient: str) -> Turn:
        who = sender, recipient
        turn = self.script.turn(recipient, self._tries[who])
        if (
            turn.greylists
            and self.loop.time() - self._first_seen.setdefault(who, self.loop.time()) > GREYLISTED_SECONDS
        ):
            self._tries[who] += 1
            turn = self.script.turn(recipient, self._tries[who])
        if not turn.greylists:
            self._tries[who] += 1
        return turn

    def converse(self) -> "Conversation":
        self.conversations += 1
        return Conversation(self, self.conversations)


class Conversation(asyncio.Protocol):
    def __init__(self, reception: Reception, number: int) -> None:
        self._reception = reception
        self._number = number
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._waits = False
        self._is_over = False
        self._searched = 0
        self._text: list[bytes] = []
        self._read: Callable[[], bool] = self._read_line
        self._chunk, self._is_last = 0, False
        self._forget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._answer(Step.CONNECT, b"220 chaos.test ESMTP")
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def connection_lost(self, _reason: Exception | None) -> None:
        self._is_over = True

    def _go_on(self) -> None:
        while not self._waits and not self._is_over and self._read():
            pass
        self._flush()

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out = []

    def _read_line(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        verb = line[:4].upper()
        {
            b"EHLO": self._ehlo,
            b"HELO": self._ehlo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"BDAT": self._bdat,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"QUIT": self._quit,
        }.get(verb, self._unknown)(line)
        return True

    def _ehlo(self, _line: bytes) -> None:
        lines = ["chaos.test", *self._reception.offers]
        reply = "\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines)
        self._answer(Step.EHLO, reply.encode())

    def _mail(self, line: bytes) -> None:
        if self._sender:
            self._say(OUT_OF_ORDER)
            return
        sender = _address(line)
        reply = self._reception.welcome(sender)
        self._sender = sender if reply == OK else ""
        self._answer(Step.MAIL, reply)

    def _rcpt(self, line: bytes) -> None:
        if not self._sender:
            self._say(OUT_OF_ORDER)
            return
        self._recipient = _address(line)
        self._turn = self._reception.turn(self._sender, self._recipient)
        self._may_come = self._answer(Step.RCPT, OK)

    def _data(self, _line: bytes) -> None:
        if not self._may_come:
            self._say(NOBODY)
        elif self._answer(Step.DATA, b"354 Go ahead"):
            self._read, self._searched = self._read_text, 0

    def _bdat(self, line: bytes) -> None:
        _, size, *last = line.split()
        self._chunk, self._is_last = int(size), bool(last)
        self._read = self._read_chunk

    def _rset(self, _line: bytes) -> None:
        self._forget()
        self._say(OK)

    def _noop(self, _line: bytes) -> None:
        self._say(OK)

    def _quit(self, _line: bytes) -> None:
        self._say(self._reception.script.goodbye(self._number))
        self._hang_up()

    def _unknown(self, _line: bytes) -> None:
        self._say(b"502 5.5.2 What?")

    def _read_text(self) -> bool:
        """Until the dot that stands alone."""
        if self._turn.step is Step.TEXT and self._buffer:
            return self._leave_the_text()
        if self._reception.pause is not None and self._buffer and self._pauses(Step.TEXT):
            return True
        if self._buffer.startswith(b".\r\n"):
            end, length = 0, 3
        else:
            end, length = self._buffer.find(b"\r\n.\r\n", self._searched), 5
        if end < 0:
            self._searched = max(0, len(self._buffer) - 4)
            return False
        content = bytes(self._buffer[: end + length - 3])
        del self._buffer[: end + length]
        self._read = self._read_line
        stuffed = content.replace(b"\r\n..", b"\r\n.")
        self._take(stuffed[1:] if stuffed.startswith(b"..") else stuffed)
        return True

    def _read_chunk(self) -> bool:
        if self._turn.step is Step.TEXT and self._may_come and self._buffer:
            return self._leave_the_text()
        if len(self._buffer) < self._chunk:
            return False
        self._text.append(bytes(self._buffer[: self._chunk]))
        del self._buffer[: self._chunk]
        self._read = self._read_line
        if not self._may_come:
            self._forget()
            self._say(NOBODY)
        elif not self._is_last:
            self._say(OK)
        elif self._turn.step is Step.DATA and self._turn.reply != OK:
            self._answer(Step.DATA, OK)
            self._forget()
        else:
            self._take(b"".join(self._text))
        return True

    def _leave_the_text(self) -> bool:
        self._hang_up()
        return False

    def _take(self, content: bytes) -> None:
        """The whole message is here: what becomes of it is written down, then said."""
        sender, recipient, turn = self._sender, self._recipient, self._turn
        verdict = _verdict(turn)
        self._reception.tally.note(sender, recipient, verdict, content)
        self._answer(Step.DOT, OK)
        self._forget()

    def _answer(self, step: Step, usual: bytes) -> bool:
        """True if the answer was the usual one."""
        turn, pause = self._turn, self._reception.pause
        reply = turn.reply if turn.step is step and turn.reply != OK else usual
        if step is Step.RCPT and reply.startswith(b"5"):
            self._reception.tally.note(self._sender, self._recipient, Verdict.REFUSED)
        if step is Step.DOT and (turn.delay or turn.drip):
            self._say_slowly(reply, turn)
        elif pause is not None and pause.holds(step, lambda: self._resume(reply)):
            self._waits = True
        else:
            self._say(reply)
        return reply == usual

    def _pauses(self, step: Step) -> bool:
        pause = self._reception.pause
        if pause is not None and pause.holds(step, self._resume):
            self._waits = True
            self._transport.pause_reading()
        return self._waits

    def _resume(self, reply: bytes | None = None) -> None:
        self._waits = False
        if reply is not None:
            self._say(reply)
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._go_on()

    def _say(self, reply: bytes) -> None:
        """421 and no word at all end the conversation."""
        if reply == HANG_UP:
            self._hang_up()
            return
        self._out.append(reply + b"\r\n")
        if reply.startswith(b"421"):
            self._hang_up()

    def _say_slowly(self, reply: bytes, turn: Turn) -> None:
        self._waits = True
        self._flush()
        if turn.drip:
            drops = [bytes([byte]) for byte in reply + b"\r\n"]
            for number, drop in enumerate(drops):
                self._reception.loop.call_later(number * DRIP_SECONDS, self._transport.write, drop)
            self._reception.loop.call_later(len(drops) * DRIP_SECONDS, self._resume)
        else:
            self._reception.loop.call_later(turn.delay, self._resume, reply)

    def _hang_up(self) -> None:
        self._flush()
        self._is_over = True
        self._transport.close()

    def _forget(self) -> None:
        """The envelope is over."""
        self._sender = self._recipient = ""
        self._turn = YES
        self._may_come = False
        self._text = []


def _verdict(turn: Turn) -> Verdict:
    if turn.step is not Step.DOT or turn.reply == OK:
        return Verdict.ACCEPTED
    if turn.reply == HANG_UP:
        return Verdict.DROPPED
    return Verdict.REFUSED if turn.reply.startswith(b"5") else Verdict.PUT_OFF


def _address(line: bytes) -> str:
    found = ADDRESS.search(line)
    return found.group(1).decode() if found else ""
