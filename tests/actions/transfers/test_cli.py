from pathlib import Path

import pytest
from flask import Flask

from actions.segments.queries import how_many
from actions.segments.rules import OnList
from tests.factories.organisation import make_list, make_organisation


def run(app: Flask, file: Path, *more: str) -> tuple[int, str]:
    wanted = ["supporters", "import", str(file), *more]
    result = app.test_cli_runner().invoke(args=wanted)
    return result.exit_code, result.output


@pytest.mark.requirement("C-42")
def test_an_import_says_what_it_did_and_lists_what_it_refused(app: Flask, tmp_path: Path) -> None:
    make_organisation()
    updates = make_list()
    file = tmp_path / "people.csv"
    file.write_text(
        "email,first_name,phone,consent_date\n"
        "ada@example.org,Ada,1,2026-05-31\n"
        "ben@example.org,Ben,2,\n"
        "nobody,Eve,3,2026-05-31\n"
        "ADA@example.org,Ada,4,yesterday\n"
    )
    code, said = run(app, file, "--list", "updates", "--evidence", "spring fair")
    assert code == 0, said
    assert "1 joined the list “updates”." in said
    assert "1 came without a consent_date" in said
    assert "Columns that were not taken: phone." in said
    assert "2 were refused" in said
    refused = (tmp_path / "people.refused.csv").read_text().splitlines()
    assert [line.split(",")[:2] for line in refused[1:]] == [
        ["4", "this is no email address"],
        ["5", "consent_date is not written as 2026-05-31"],
    ]
    assert how_many(OnList(updates.id)) == 1


def test_errors_are_sentences(app: Flask, tmp_path: Path) -> None:
    make_organisation()
    make_list()
    file = tmp_path / "people.csv"
    file.write_text("name\nAda\n")
    evidence = ("--evidence", "spring fair")
    assert "one of them email" in run(app, file, "--list", "updates", *evidence)[1]
    assert "There is no list “other”" in run(app, file, "--list", "other", *evidence)[1]
    assert "must say where" in run(app, file, "--list", "updates", "--evidence", " ")[1]
