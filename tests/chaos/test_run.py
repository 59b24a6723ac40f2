"""A short run of the whole (`make chaos` has the long ones), and what it would say of a sender that is worse."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from devserver.environment import ROOT
from tests.chaos.faults import PLAN, Kind, schedule
from tests.chaos.ledger import Row
from tests.chaos.reconciling import Findings, reconcile
from tests.chaos.script import Script
from tests.chaos.tally import Note, Verdict

SEED = 1
RECIPIENTS = 10_000


@pytest.mark.thorough
@pytest.mark.requirement("O-01", "O-02", "O-06", "O-08", "O-09", "O-13", "B-18", "B-19", "L-08")
def test_nobody_is_lost_in_a_short_run_and_copies_stay_within_their_bound() -> None:
    command = [sys.executable, "-m", "tests.chaos.run", "--seed", str(SEED), "--recipients", str(RECIPIENTS)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    line = json.loads(ran.stdout)
    assert (line["lost"], line["letters_twice"], line["disagreements"]) == (0, 0, 0)
    assert line["extra"] <= line["bound"]
    assert line["kills"] > 0
    assert line["postgres_stops"] == len(PLAN[Kind.POSTGRES])


def test_a_seed_is_one_schedule() -> None:
    assert schedule(7) == schedule(7)
    assert schedule(7) != schedule(8)
    assert all(0 < when < 1 for when, _ in schedule(7))


NAME = next(name for name in (f"p{number}@x.test" for number in range(99)) if not Script(1).is_refused(name))
ROW = Row(1, "bulk", "sent", 1, NAME, "b-1@x.test", "<1@x.test>")
NOTE = Note(0.0, ROW.sender, NAME, Verdict.ACCEPTED, "<1@x.test>", "aa")


def judged(row: Row, *notes: Note, faults: int = 0) -> Findings:
    return reconcile([row], notes, Script(1), {row.id: faults})


def test_one_copy_and_a_row_that_says_so_are_good() -> None:
    assert judged(ROW, NOTE).are_good


@pytest.mark.parametrize(
    ("row", "notes"),
    [
        (ROW, []),
        (replace(ROW, state="failed"), []),
        (replace(ROW, state="queued"), [NOTE]),
        (replace(ROW, state="failed"), [NOTE]),
        (ROW, [NOTE, NOTE]),
        (ROW, [replace(NOTE, verdict=Verdict.DROPPED)]),
        (ROW, [NOTE, replace(NOTE, verdict=Verdict.DROPPED, sha256="bb")]),
        (ROW, [NOTE, replace(NOTE, message_id="<2@x.test>")]),
        (ROW, [NOTE, replace(NOTE, message_id="<1@x.test>", recipient="other@x.test")]),
        (replace(ROW, lane="letters"), [NOTE, replace(NOTE, verdict=Verdict.DROPPED)]),
        (replace(ROW, state="unknown"), [NOTE]),
    ],
)
def test_anything_else_is_found(row: Row, notes: list[Note]) -> None:
    assert not judged(row, *notes).are_good


def test_a_copy_is_excused_by_a_fault_or_by_the_server_s_own_drop() -> None:
    assert judged(ROW, NOTE, NOTE, faults=1).are_good
    assert judged(ROW, NOTE, replace(NOTE, verdict=Verdict.DROPPED)).are_good
    assert not judged(replace(ROW, lane="letters"), NOTE, NOTE, faults=1).are_good


def test_a_letter_that_nobody_knows_of_waits_for_a_person() -> None:
    letter = replace(ROW, lane="letters", state="unknown")
    assert judged(letter).are_good
    assert judged(letter, NOTE).are_good
