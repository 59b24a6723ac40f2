"""`python -m devserver.preparation "db upgrade" "demo load"`: commands of `flask --app wsgi`, one after the other.

In one process: loading the app takes longer than either of them.
"""

import sys

from flask.cli import cli


def run_commands(commands: list[str]) -> None:
    """Click's exceptions and the app's own pass through."""
    for command in commands:
        print(f"flask --app wsgi {command}", flush=True)
        cli.main(["--app", "wsgi", *command.split()], prog_name="flask", standalone_mode=False)


def main() -> None:
    run_commands(sys.argv[1:])


if __name__ == "__main__":
    main()
