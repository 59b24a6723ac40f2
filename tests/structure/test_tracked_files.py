"""What no file of the project may hold."""

import re

import pytest

from tests.structure.tree import ROOT, tracked, tracked_texts

THIS = "tests/structure/test_tracked_files.py"
# Places that exist on one machine only.
MACHINE = re.compile(r"(?<![\w.<$])/(?:home|Users|work|root|mnt|opt)/[\w.-]+")
# A lock file or a script that names a mirror works for nobody else.
REGISTRY = re.compile(
    r"(?:https?|git\+\w+)://[\w.-]*(?:pypi|npmjs|registry|artifactory|nexus|pythonhosted|mirror)[\w.-]*", re.IGNORECASE
)
INDEX_OPTION = re.compile(r"--(?:extra-)?index-url[ =]|^registry\s*=\s*http", re.MULTILINE)
# The file that names no index says so in its comments and options.
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}")


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [(name, place) for name, text in tracked_texts() if name != THIS for place in MACHINE.findall(text)]
    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in tracked_texts() if name != THIS for host in REGISTRY.findall(text)]
    assert found == []
    options = [name for name, text in tracked_texts() if name != THIS and INDEX_OPTION.search(text)]
    assert options == []


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pinned = re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)
        assert len(pinned) > 20, name
        assert len(re.findall(r"^[\w.\[\]-]+==[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)) == len(pinned), name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.requirement("W-17")
def test_no_file_holds_a_secret() -> None:
    assert [name for name, text in tracked_texts() if name != THIS and SECRET.search(text)] == []
    assert [path.name for path in tracked() if path.suffix in {".pem", ".key", ".env", ".sqlite", ".db"}] == []


def test_every_text_ends_its_last_line() -> None:
    ragged = [name for name, text in tracked_texts() if text and not text.endswith("\n")]
    assert ragged == []


def test_nothing_says_how_it_was_made() -> None:
    """The tree speaks of the project alone."""
    tools = re.compile(r"\b(chat" + r"gpt|co" + r"pilot|language mod" + r"el|as an a" + r"i)\b", re.IGNORECASE)
    assert [name for name, text in tracked_texts() if tools.search(text)] == []
