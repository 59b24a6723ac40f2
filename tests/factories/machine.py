"""What the machine under the tests may lack."""

import os
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")


def what_is_missing() -> list[str]:
    """Sentences for the top of a run."""
    if CHROMIUM.exists():
        return []
    return [f"{CHROMIUM} IS MISSING, so nothing is looked at in a browser. Debian's package chromium brings it."]


def require_chromium() -> None:
    """Skips the test where there is none, as the top of the run said; with CI=true that is a failure."""
    for missing in what_is_missing():
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
