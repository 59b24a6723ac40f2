"""`python -m tests.chaos.people --recipients 1000 --letters 20 BODY`: everybody a run writes to; the mailing launched.

One process, as loading the app takes longer than most of it.
"""

import argparse
from pathlib import Path

from actions.actors import WORKER
from actions.app import create_app
from actions.letters.releasing import release_due
from actions.transaction import transaction
from devserver.crowd import gather
from devserver.preparation import run_commands
from tests.factories.letters import make_letter, make_supporter
from tests.factories.pages import make_page, make_target

LIST = "updates"
PAGE = "ilen-varo"


def write_letters(number: int, name: str = "office") -> None:
    """Ready to be released: each from a writer of its own to a target of its own."""
    targets = [make_target(f"{name}-{one}", email=f"{name}-{one}@embassy.test") for one in range(number)]
    page = make_page(f"chaos-{name}", targets=targets)
    for one, target in enumerate(targets):
        make_letter(page, target, make_supporter(f"{name}-writer-{one}@writers.test"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Everybody a run writes to, and the mailing launched.")
    parser.add_argument("body", type=Path)
    parser.add_argument("--recipients", type=int, required=True)
    parser.add_argument("--letters", type=int, required=True)
    parser.add_argument("--release", action="store_true", help="put the letters on their way too")
    parser.add_argument("--waiting", type=int, default=0, help="how many letters more wait to be put on their way")
    chosen = parser.parse_args()
    run_commands(["db upgrade", "demo load"])
    with create_app().app_context():
        gather(chosen.recipients, LIST)
        write_letters(chosen.letters)
        if chosen.release:
            with transaction():
                release_due(by=WORKER)
        if chosen.waiting:
            write_letters(chosen.waiting, "waiting")
    run_commands([f"mailings send --list {LIST} --subject Chaos --body {chosen.body} --page {PAGE} --yes"])


if __name__ == "__main__":
    main()
