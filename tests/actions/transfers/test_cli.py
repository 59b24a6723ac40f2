from pathlib import Path

import pytest
from flask import Flask

from actions.segments.queries import how_many
from actions.segments.rules import OnList
from actions.transfers import cli
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


@pytest.mark.requirement("W-22")
def test_a_file_is_taken_in_by_batches_and_says_how_far_it_is(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "BATCH", 10)
    monkeypatch.setattr(cli, "LOOK_EVERY", 0.0)
    make_organisation()
    updates = make_list()
    file = tmp_path / "people.csv"
    rows = [f"p{one}@example.org,2026-05-31" if one % 10 else f"nobody-{one},2026-05-31" for one in range(35)]
    file.write_text("\n".join(["email,consent_date", *rows, "p1@example.org,2026-05-31"]))
    for joined in (31, 0):
        code, said = run(app, file, "--list", "updates", "--evidence", "spring fair")
        assert (code, f"{joined} joined the list" in said) == (0, True), said
        assert "20 of 36 rows" in said
        assert "4 were refused" in said
        refused = (tmp_path / "people.refused.csv").read_text().splitlines()
        assert [line.split(",")[0] for line in refused] == ["line", "2", "12", "22", "32"]
        assert how_many(OnList(updates.id)) == 31


def test_a_broken_file_brings_in_nobody(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "BATCH", 10)
    make_organisation()
    updates = make_list()
    file = tmp_path / "people.csv"
    file.write_text("email,consent_date\n" + "ann@example.org,2026-05-31\n" * 30 + '"ben')
    code, said = run(app, file, "--list", "updates", "--evidence", "spring fair")
    assert (code, "Line 32 is no CSV" in said) == (1, True), said
    assert how_many(OnList(updates.id)) == 0


def test_errors_are_sentences(app: Flask, tmp_path: Path) -> None:
    make_organisation()
    make_list()
    file = tmp_path / "people.csv"
    file.write_text("name\nAda\n")
    evidence = ("--evidence", "spring fair")
    assert "one of them email" in run(app, file, "--list", "updates", *evidence)[1]
    assert "There is no list “other”" in run(app, file, "--list", "other", *evidence)[1]
    assert "must say where" in run(app, file, "--list", "updates", "--evidence", " ")[1]
