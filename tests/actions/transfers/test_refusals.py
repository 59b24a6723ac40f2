import csv
import stat
from pathlib import Path

import pytest

from actions.transfers.people import Refusal, Row
from actions.transfers.refusals import RefusedFile, safe_cell


@pytest.mark.requirement("W-15")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠", " ="])
def test_no_cell_is_a_formula(start: str) -> None:
    assert safe_cell(f"{start}HYPERLINK(1)").startswith("'")


def test_other_cells_stay_as_they_were() -> None:
    assert safe_cell("Ada = Love") == "Ada = Love"


@pytest.mark.requirement("W-15")
def test_the_file_reads_back_with_line_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "people.refused.csv"
    row = Row(7, {"email": "@nobody", "first_name": 'A "quoted", name'})
    with RefusedFile(file, ["email", "first_name"]) as refused:
        refused.write([])
        assert not file.exists()
        refused.write([Refusal(row, "this is no email address")])
        refused.write([Refusal(row, "this address wants no mail")])
    read = list(csv.reader(file.read_text().splitlines()))
    assert read == [
        ["line", "reason", "email", "first_name"],
        ["7", "this is no email address", "'@nobody", 'A "quoted", name'],
        ["7", "this address wants no mail", "'@nobody", 'A "quoted", name'],
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
