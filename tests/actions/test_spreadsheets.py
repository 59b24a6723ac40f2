import pytest

from actions.spreadsheets import csv_lines, read_cell, safe_cell


@pytest.mark.requirement("W-15")
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "a=b", "10", "O'Neill"])
def test_any_other_cell_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["=1+1", " =1", "", "Ann", "O'Neill", "'quoted'", "'Tis"])
def test_what_was_made_safe_is_read_as_it_was(text: str) -> None:
    assert read_cell(safe_cell(text)) == text


def test_lines_are_written_as_rfc_4180_says_and_safe_in_every_cell() -> None:
    assert csv_lines([("a", None, 3), ("=x", 'say "no", please', "two\nlines")]) == (
        'a,,3\r\n\'=x,"say ""no"", please","two\nlines"\r\n'
    )


@pytest.mark.parametrize("text", ["+ann@example.org", "=1", "Ann", "O'Neill", "'Abd", ""])
def test_a_quoted_cell_comes_back_as_it_was(text: str) -> None:
    assert read_cell(safe_cell(text)) == text
