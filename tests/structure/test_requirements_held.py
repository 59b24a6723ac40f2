import subprocess
import sys

from tests.structure.requirements_held import ROOT, Numbers, cited, held, report, requirements_in


def test_a_range_of_requirements_is_each_of_them() -> None:
    assert requirements_in("one-click (B-40 to B-42), C-05.") == {"B-40", "B-41", "B-42", "C-05"}
    assert requirements_in("AB-12, B-1, ISO-8859-15, B-123") == set()


def test_numbers_are_of_the_middle_and_of_the_longest_but_five_in_a_hundred() -> None:
    assert str(Numbers.of(range(1, 101))) == "100, median 50.5 lines, p95 95"
    assert Numbers.of([]).p95 == 0


def test_what_the_code_cites_and_what_tests_hold_is_found() -> None:
    assert {"B-13", "C-05", "P-07"} <= cited()
    assert "C-05" in held()


def test_the_report_is_printed_and_refuses_nothing() -> None:
    printed = subprocess.run(
        [sys.executable, "tests/structure/requirements_held.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines() == report()
    assert not printed.stderr
