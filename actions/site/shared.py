"""What every reader of a public page gets alike is drawn once: on the day the news breaks, thousands open it at once.

Nothing personal stands on such a page. It is drawn anew when anything published changes, when a count does, and after
a few seconds, because a page's last day may be over and its forms carry the moment they were made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, request

from actions import clock, published
from actions.config import Settings, settings
from actions.pages.queries import counts_now
from actions.rendering import languages_wanted

FRESH_FOR = timedelta(seconds=5)
# Pages × languages; one page is about 60 kB.
MOST_KEPT = 300
Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class _Drawn:
    settings: Settings
    # The mark of what is published, and the sum of all counts.
    stand: tuple[int, int]
    at: datetime
    body: bytes
    headers: list[tuple[str, str]]

    def is_fresh(self, stand: tuple[int, int]) -> bool:
        return self.settings is settings() and self.stand == stand and abs(clock.now() - self.at) < FRESH_FOR

    def answer(self) -> Response:
        return Response(self.body, headers=self.headers)


_drawn: dict[Key, _Drawn] = {}


def forget() -> None:
    """What was drawn is drawn anew."""
    _drawn.clear()


def shared(draw: Callable[[], Response]) -> Response:
    """The answer of `draw`, which may depend on the path, the language and what is published, and on nothing else."""
    key = (request.path, request.args.get("lang", "")[:8], languages_wanted())
    mark, counts = counts_now()
    published.note(mark)
    kept = _drawn.get(key)
    if mark is not None and kept is not None and kept.is_fresh((mark, counts)):
        return kept.answer()
    began = clock.now()
    answer = draw()
    if mark is not None:
        if len(_drawn) >= MOST_KEPT:
            forget()
        _drawn[key] = _Drawn(settings(), (mark, counts), began, answer.get_data(), list(answer.headers))
    return answer
