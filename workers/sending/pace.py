"""How many messages may be reserved at a time: what fits a second, since a pause holds back none of them (O-14)."""

import time

WINDOW_SECONDS = 1.0
FIRST_WINDOW = 16


class Pace:
    def __init__(self, most: int) -> None:
        self._most = most
        self._answered = 0
        self._since = time.monotonic()
        self.size = min(FIRST_WINDOW, most)

    def rest(self) -> None:
        """Nothing is on the wire, so nothing can be learnt."""
        self._answered, self._since = 0, time.monotonic()

    def answered(self, count: int) -> None:
        self._answered += count
        seconds = time.monotonic() - self._since
        if self._answered >= self.size or seconds >= WINDOW_SECONDS:
            self.learn(self._answered, seconds)
            self.rest()

    def learn(self, sent: int, seconds: float) -> None:
        fitting = int(sent / max(seconds, 0.001) * WINDOW_SECONDS)
        self.size = max(1, min(fitting, self.size * 2, self._most))
