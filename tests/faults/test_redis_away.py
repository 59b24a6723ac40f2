"""Redis holds no truth: without it everybody is answered, and when it is back everything goes out by itself."""

import time
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from devserver.journeys import HISTORICAL, URGENT
from devserver.visitor import Answer
from tests.factories.house import House

PAGES = (
    "/",
    f"/a/{HISTORICAL}",
    f"/a/{URGENT}",
    f"/a/{HISTORICAL}/sign",
    f"/a/{URGENT}/write",
    "/join",
    "/p",
    "/health",
    "/nowhere",
    "/c/forged",
    "/u/forged",
    "/t/forged",
)
# The promise is 300 ms; a test machine may be busy with something else.
LONGEST = 1.0


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


@pytest.mark.requirement("O-02")
def test_pages_and_forms_answer_at_once_without_redis_and_all_goes_out_when_it_is_back(house: House) -> None:
    signer, joiner = house.person("redis-sign"), house.person("redis-join")
    page, join = signer.open(f"/a/{HISTORICAL}"), joiner.open("/join")
    house.start("beat")
    house.valkey.kill()

    took = {path: timed(partial(signer.open, path)) for path in PAGES}
    took["POST sign"] = timed(lambda: signer.sign(page))
    took["POST join"] = timed(lambda: joiner.submit(join, "/join"))
    took["POST forged link"] = timed(lambda: signer.post("/c/forged", {"do": "confirm"}))

    print({path: f"{seconds * 1000:.0f} ms" for path, (_, seconds) in took.items()})
    assert {path: seconds for path, (_, seconds) in took.items() if seconds > LONGEST} == {}
    assert [answer.status for answer, _ in took.values()] == [200] * 8 + [404] * 4 + [200, 200, 404]
    assert "Check your email" in took["POST sign"][0].text
    assert not signer.has_mail()

    # A worker may have held a nudge just then, and is another.
    before = {name: house.pids()[name] for name in ("web", "beat")}
    house.valkey.start()
    waited = house.until(lambda: signer.has_mail() and joiner.has_mail(), "mail without anybody's help")
    print(f"went out {waited:.1f} s after Redis was back")
    assert {name: house.pids()[name] for name in before} == before, "the same programs went on"


@pytest.mark.requirement("O-02")
def test_what_redis_forgot_goes_out_all_the_same(house: House) -> None:
    """FLUSHALL takes the nudges that wait, and all that Celery has noted about its queues."""
    people = [house.person(f"flushed-{number}") for number in range(5)]
    house.start("beat")
    worker = house.programs["worker"]
    stopped = [psutil.Process(worker.pid), *house.children("worker")]
    for process in stopped:
        process.suspend()
    for person in people:
        person.sign().must_say("Check your email")
    house.forget_queues()
    for process in stopped:
        process.resume()

    house.until(lambda: all(person.has_mail() for person in people), "mail to everybody")

    late = house.person("after-the-flush")
    late.sign()
    waited = house.until(late.has_mail, "a nudge after the flush is heard")
    assert worker.poll() is None
    print(f"after a flush a nudge takes {waited:.1f} s")
