"""`python -m tests.chaos.server --port 2500 --seed 7 --tally FILE`: an SMTP server that does to its clients what the
worst days do.
"""

import argparse
import asyncio
import signal
from pathlib import Path

from tests.chaos.conversation import Reception
from tests.chaos.script import Script
from tests.chaos.tally import Tally


async def serve(port: int, seed: int, tally: Path, offers: tuple[str, ...]) -> None:
    """Until SIGTERM."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    reception = Reception(Script(seed), Tally(tally), offers=offers)
    server = await loop.create_server(reception.converse, "127.0.0.1", port, backlog=1024)
    await ended.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server as on the worst days.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--tally", type=Path, required=True)
    parser.add_argument("--offer", action="append", default=[], help="an extension, such as CHUNKING")
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.port, chosen.seed, chosen.tally, tuple(chosen.offer)))


if __name__ == "__main__":
    main()
