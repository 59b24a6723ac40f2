"""SIGTERM, again and again, while a mailing goes out: nobody gets it twice."""

import json
import subprocess
import sys

import pytest

from devserver.environment import ROOT

FEW = 4


@pytest.mark.thorough
@pytest.mark.requirement("O-10")
def test_a_few_rolling_restarts_leave_no_copy() -> None:
    command = [sys.executable, "-m", "tests.chaos.restarts", "--restarts", str(FEW)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    line = json.loads(ran.stdout)
    assert (line["lost"], line["extra"], line["disagreements"]) == (0, 0, 0)
    assert line["under_load"] == FEW
