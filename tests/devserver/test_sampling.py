import threading
import time

from devserver.sampling import Sampler


def test_it_tells_who_is_busy_and_not_who_waits() -> None:
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    with Sampler({"tests": ["test_sampling.py"], "nobody": ["no-such-file"]}) as sampler:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            sum(range(1000))
    waiting.set()
    thread.join()
    shares = sampler.shares()
    # Of what else runs in this process while the suite does, some threads are busy too.
    assert shares["tests"] > 0.2
    assert shares["nobody"] == 0
