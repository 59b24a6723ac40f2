"""What the machine under the tests may lack."""

import os
import pwd
from contextlib import suppress
from pathlib import Path

import pytest

from tests.structure.tree import ROOT

CHROMIUM = Path("/usr/bin/chromium")
SMTP_SINK = Path("/usr/sbin/smtp-sink")
POSTFIX = Path("/usr/lib/postfix/sbin/master")
# Debian installs one of the two at a time, so the other lies unpacked where .ci/run puts it.
EXIM = next(filter(Path.exists, [Path("/usr/sbin/exim4")]), ROOT / "var" / "debian" / "usr" / "sbin" / "exim4")
# Debian's Exim looks for it before it reads its configuration.
EXIM_USER = "Debian-exim"


def what_is_missing() -> list[str]:
    """Sentences for the top of a run."""
    return [sentence for sentence in map(_lack_of, (CHROMIUM, SMTP_SINK, POSTFIX, EXIM)) if sentence]


def require(program: Path) -> None:
    """Skips the test where it is missing, as the top of the run said; with CI=true that is a failure."""
    missing = _lack_of(program)
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def _lack_of(program: Path) -> str:
    if program == CHROMIUM:
        told = "so nothing is looked at in a browser. Debian's package chromium brings it."
    else:
        told = "so no mail is sent to it. `.ci/run` installs Debian's package."
    if not program.exists():
        return f"{program} IS MISSING, {told}"
    if program in {POSTFIX, EXIM} and os.geteuid() != 0:
        return f"{program} CANNOT BE STARTED, {told.partition('.')[0]}: only root may."
    if program == EXIM:
        with suppress(KeyError):
            pwd.getpwnam(EXIM_USER)
            return ""
        return f"THE USER {EXIM_USER} IS MISSING, {told}"
    return ""
