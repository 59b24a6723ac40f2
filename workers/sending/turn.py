"""One message on one connection: which answer it waits for, and what the answers make of it."""

from enum import Enum

from workers.sending.message import Message
from workers.sending.outcomes import (
    ABOUT_US,
    TOO_LARGE,
    Deferred,
    Failed,
    NotDelivered,
    Outcome,
    Phase,
    Sent,
    Unknown,
)
from workers.sending.replies import CLOSING, GO_AHEAD, Reply

# RFC 5321 §4.5.3.1.10: at RCPT many servers say "mailbox full" as "too many recipients"; at MAIL it is about SIZE.
STORAGE_EXCEEDED = 552


class OutOfStep(Exception):
    """The relay answers something else than what was asked: nothing it says from here on can be trusted."""


class Step(Enum):
    """What is answered next. `RESET` ends what an earlier message left behind."""

    RESET = "reset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    END = "end"


_PHASES = {
    Step.RESET: Phase.MAIL,
    Step.MAIL: Phase.MAIL,
    Step.RCPT: Phase.RCPT,
    Step.DATA: Phase.DATA,
    Step.DOT: Phase.DATA,
    Step.END: Phase.DOT,
}


class Turn:
    """`is_past_dot` once the bytes that end the message may be on their way; `outcome` once it is known."""

    __slots__ = ("has_data", "is_past_dot", "message", "outcome", "step")

    def __init__(self, message: Message, *, begins_with_reset: bool, has_data: bool) -> None:
        self.message = message
        self.step = Step.RESET if begins_with_reset else Step.MAIL
        self.has_data = has_data
        self.is_past_dot = False
        self.outcome: Outcome | None = None

    def hear(self, reply: Reply) -> None:
        """The answer to the step it is at. Raises OutOfStep."""
        step, code = self.step, reply.code
        if (code == GO_AHEAD and step is not Step.DATA) or (300 <= code < 400 and code != GO_AHEAD):  # noqa: PLR2004  # RFC 5321 §4.2.1
            raise OutOfStep
        if code >= 400:  # noqa: PLR2004  # as above
            self._refuse(reply)
        elif step is Step.DATA and code != GO_AHEAD:
            raise OutOfStep
        elif step is Step.DOT and self.outcome is None:
            self.outcome = Sent(code, reply.status)
        self.step = self._after(step, code)

    def lost(self) -> Outcome:
        """What is known of it when the connection ends now (O-07)."""
        if self.outcome is not None:
            return self.outcome
        return Unknown() if self.is_past_dot else NotDelivered(_PHASES[self.step])

    def _refuse(self, reply: Reply) -> None:
        """The first refusal counts: RCPT is refused because MAIL was, and DATA because there is no recipient."""
        if self.step is Step.RESET and reply.code != CLOSING:
            raise OutOfStep
        if self.outcome is None:
            self.outcome = verdict(reply, Phase.DOT if self.step is Step.DOT else _PHASES[self.step])

    def _after(self, step: Step, code: int) -> Step:
        if step is Step.RESET:
            return Step.MAIL
        if step is Step.MAIL:
            return Step.RCPT
        if step is Step.RCPT:
            return Step.DATA if self.has_data else Step.DOT
        return Step.DOT if code == GO_AHEAD else Step.END


def verdict(reply: Reply, phase: Phase) -> Deferred | Failed:
    """What a refusal means for one recipient (B-60). What the relay refuses to anybody is put off, not failed."""
    code, status = reply.code, reply.status
    if code == STORAGE_EXCEEDED and phase is Phase.MAIL:
        return Deferred(code, TOO_LARGE)
    is_full = code == STORAGE_EXCEEDED and phase is Phase.RCPT
    if reply.is_later or is_full or code in ABOUT_US or status == TOO_LARGE:
        return Deferred(code, status)
    return Failed(code, status)
