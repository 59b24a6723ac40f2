"""Whether the relay is at fault, and not the recipients: then nobody's mail fails, and somebody is told what to do.

What the loop sees is noted in memory; `record` writes it down now and then, on a thread that may speak to PostgreSQL.
"""

import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from actions.actors import WORKER
from actions.clock import clock
from actions.deliveries import relays
from actions.mailings import operations as mailings
from actions.mailings.models import Held
from actions.transaction import transaction
from workers.sending.outcomes import TOO_LARGE, Deferred, Failed, Outcome, RelayAway, Sent

# The last answers that count, and how many there must be before a share of them means anything.
WINDOW, ENOUGH = 200, 50
# No real list has so few readers left, and no well relay puts off so many.
ACCEPTED_WHEN_WELL = 0.05
PUT_OFF_WHEN_ILL = 0.95
# A relay that takes this share of mail means its policy answers for that one recipient.
PROVEN_SHARE = 0.1
# RFC 3463: the system, the protocol, policy; each may be the relay's word on us as well as on one recipient.
DOUBTFUL_STATUS = ("5.3.", "5.5.", "5.7.")
# RFC 5321 §4.2.3 and RFC 7504: said of commands, of the service and of us, where no status says more.
DOUBTFUL_CODE = frozenset({500, 502, 503, 504, 521, 530, 534, 535, 538, 554, 556})
WRITTEN_EVERY = 5.0
# What was on its way when it began to refuse all has been answered by then.
REFUSING_SECONDS = 10.0
REFUSES_ALL, PUTS_OFF_ALL, TOO_LARGE_FOR_IT, LOGIN = "refuses_all", "puts_off_all", "too_large", "login"


@dataclass(frozen=True, slots=True)
class Seen:
    trouble: str
    phase: str
    reason: str


class Health:
    """Of one relay, as this process sees it; one for all its drains (`health_of`)."""

    def __init__(self, relay: str) -> None:
        self._relay = relay
        self._window: deque[tuple[str, float]] = deque(maxlen=WINDOW)
        self._counts = Counter[str]()
        self._trouble: Seen | None = None
        self._is_well = False
        self._refused_at: float | None = None
        self._refused_since = 0.0
        self._is_held = False
        self._said: tuple[object, float] = (None, float("-inf"))

    @property
    def is_refusing(self) -> bool:
        """It refuses nearly everybody: give up for now; `record` pauses the mailings."""
        return self._refused_at is not None and time.monotonic() - self._refused_at < REFUSING_SECONDS

    def away(self, error: RelayAway) -> None:
        """No connection could be had."""
        self._trouble = Seen(error.trouble.value, error.phase.value, error.reason)
        self._is_well = False

    def judge(self, outcome: Outcome) -> Outcome:
        """The outcome that is to be recorded: a failure that is the relay's fault only puts off (O-15)."""
        match outcome:
            case Sent():
                self._count("sent")
                self._is_well = True
            case Failed(code, status) if code is not None:
                self._count("failed")
                if self._refuses_all() or self.is_refusing or (_is_doubtful(code, status) and not self._is_proven()):
                    self._note_refusal(code, status)
                    return Deferred(code, status)
            case Deferred(code, status) if outcome.is_about_relay:
                kind = TOO_LARGE_FOR_IT if status == TOO_LARGE else LOGIN
                self._trouble, self._is_well = Seen(kind, "mail", _said(code, status)), False
            case Deferred(code, status):
                self._count("deferred")
                if self._share("deferred") >= PUT_OFF_WHEN_ILL:
                    self._trouble = Seen(PUTS_OFF_ALL, "rcpt", _said(code, status))
        return outcome

    def record(self) -> None:
        """Write down what is new, after the answers themselves. Seldom costs anything.

        Once it refuses all, the mailings are paused, and whoever has failed since that began waits with the others.
        """
        state = self._trouble or self._is_well
        is_said = state == self._said[0] and time.monotonic() - self._said[1] < WRITTEN_EVERY
        if not self.is_refusing and (not state or is_said):
            return
        with transaction():
            self._write()
        self._said = (state, time.monotonic())
        self._trouble, self._is_well = None, False

    def _write(self) -> None:
        if self._trouble is not None:
            seen = self._trouble
            relays.note_trouble(self._relay, seen.trouble, seen.phase, seen.reason, by=WORKER)
        elif self._is_well and not self._share_is_ill():
            relays.end_trouble(self._relay, by=WORKER)
        if self.is_refusing:
            ago = timedelta(seconds=time.monotonic() - self._refused_since)
            if not self._is_held:
                mailings.hold_all(Held.RELAY_REFUSES, by=WORKER)
                self._is_held = True
            mailings.put_back_refused(clock.now() - ago, by=WORKER)

    def _count(self, what: str) -> None:
        if len(self._window) == WINDOW:
            self._counts[self._window[0][0]] -= 1
        self._window.append((what, time.monotonic()))
        self._counts[what] += 1

    def _share(self, what: str) -> float:
        """Of the last answers; 0 while there are too few."""
        return self._counts[what] / len(self._window) if len(self._window) >= ENOUGH else 0.0

    def _is_proven(self) -> bool:
        return self._counts["sent"] >= max(1, len(self._window) * PROVEN_SHARE)

    def _refuses_all(self) -> bool:
        refused = self._share("failed")
        return refused > 0 and self._counts["sent"] <= ACCEPTED_WHEN_WELL * len(self._window) and refused > 1 / 2

    def _share_is_ill(self) -> bool:
        return self._refuses_all() or self._share("deferred") >= PUT_OFF_WHEN_ILL

    def _note_refusal(self, code: int, status: str | None) -> None:
        refuses = self._refuses_all()
        if refuses or self.is_refusing or self._counts["failed"] >= ENOUGH // 5:
            self._trouble = Seen(REFUSES_ALL if refuses or self.is_refusing else "refused", "rcpt", _said(code, status))
        if refuses:
            self._refused_since = self._window[0][1] - 1
            self._refused_at = time.monotonic()
            self._is_held = False
            # Who resumes the mailings is believed, until there are enough answers again.
            self._window.clear()
            self._counts.clear()


@cache
def health_of(relay: str) -> Health:
    """The one of this process."""
    return Health(relay)


def _is_doubtful(code: int, status: str | None) -> bool:
    return status.startswith(DOUBTFUL_STATUS) if status else code in DOUBTFUL_CODE


def _said(code: int, status: str | None) -> str:
    return f"{code} {status}" if status else str(code)
