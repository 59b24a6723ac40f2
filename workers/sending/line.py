"""The line to the relay: one connection at a time, opened again where that can do no harm."""

from collections.abc import Callable
from typing import Self

from workers.sending.message import Message
from workers.sending.outcomes import Deferred, NotDelivered, Outcome, Phase, Unknown
from workers.sending.relay import Relay
from workers.sending.smtp import CLOSING, Connection, Patience

# A relay that hangs up this often in a row is not well; the sweep looks again in a moment.
MOST_LOST_IN_A_ROW = 3


class Line:
    """`beat` is called while the relay lets us wait; `may_send` just before a message's text goes."""

    def __init__(self, relay: Relay, *, name: str, patience: Patience) -> None:
        self._relay = relay
        self._name = name
        self._patience = patience
        self._connection: Connection | None = None
        self._used = False
        self._lost = 0
        self.beat: Callable[[], None] = lambda: None
        self.may_send: Callable[[], bool] = lambda: True

    @property
    def is_broken(self) -> bool:
        return self._lost >= MOST_LOST_IN_A_ROW

    def open(self) -> Connection:
        """Be connected. Raises RelayAway."""
        if self._connection is None or not self._connection.is_open:
            self._connection = Connection(
                self._relay,
                name=self._name,
                patience=self._patience,
                beat=lambda: self.beat(),  # noqa: PLW0108  # it changes with every batch
                may_send=lambda: self.may_send(),  # noqa: PLW0108  # as above
            )
            self._used = False
        return self._connection

    def send(self, message: Message) -> Outcome:
        """Raises RelayAway where there was no connection and none could be opened."""
        was_used = self._used
        outcome = self._send_once(message)
        if was_used and _was_closed_before(outcome):
            outcome = self._send_once(message)
        lost = isinstance(outcome, NotDelivered | Unknown) or (
            isinstance(outcome, Deferred) and outcome.code == CLOSING
        )
        self._lost = self._lost + 1 if lost else 0
        return outcome

    def _send_once(self, message: Message) -> Outcome:
        connection = self.open()
        self._used = True
        return connection.send(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()


def _was_closed_before(outcome: Outcome) -> bool:
    """Relays close a connection that was idle or has carried enough; that is not about this message."""
    if isinstance(outcome, Deferred):
        return outcome.code == CLOSING
    return isinstance(outcome, NotDelivered) and outcome.phase is Phase.MAIL
