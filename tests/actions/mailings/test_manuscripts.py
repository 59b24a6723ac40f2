from pathlib import Path

import pytest

from actions.mailings.manuscripts import read_manuscripts, read_wordings, read_words
from actions.mailings.preflight import MailingNotReady

DEMO = Path(__file__).parents[3] / "actions" / "demo"


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)


def test_the_languages_lie_side_by_side(tmp_path: Path) -> None:
    write(tmp_path, alert_md="Hello", alert_ar_md="مرحبا", alert_tlh_md="nuqneH", other_km_md="សួស្តី")
    assert list(read_manuscripts(tmp_path / "alert.md", "en")) == ["en", "ar"]
    assert list(read_manuscripts(tmp_path / "alert.md", "km")) == ["km", "ar"]
    assert list(read_manuscripts(tmp_path / "alert.ar.md", "en")) == ["ar"]


def test_lines_come_from_the_command_and_then_from_the_yaml_beside(tmp_path: Path) -> None:
    write(tmp_path, alert_en_md="Hello", alert_ar_md="مرحبا")
    write(tmp_path, alert_yaml="wordings: {en: {subject: A, preheader: B}, ar: {subject: C}}")
    english, arabic = read_words(tmp_path / "alert.en.md", None, "en", {"subject": "Mine", "preheader": ""})
    assert (english.subject, english.preheader) == ("Mine", "B")
    assert (arabic.subject, arabic.preheader) == ("C", "")


def test_without_any_yaml_there_are_the_command_s_lines_alone(tmp_path: Path) -> None:
    write(tmp_path, note_md="Hello")
    (only,) = read_words(tmp_path / "note.md", None, "en", {"subject": "Mine"})
    assert (only.subject, only.preheader, only.blocks) == ("Mine", "", [{"type": "text", "html": "<p>Hello</p>"}])


@pytest.mark.requirement("W-11")
def test_what_cannot_be_read_says_where(tmp_path: Path) -> None:
    write(tmp_path, a_en_md="One\n\n{{ offer }}\n", a_ar_md="![A gate](gate.webp)")
    with pytest.raises(MailingNotReady) as refused:
        read_manuscripts(tmp_path / "a.en.md", "en")
    assert refused.value.problems[0] == "a.en.md, line 3 has {{offer}}, which is no placeholder of ours."
    assert refused.value.problems[1].startswith("a.ar.md: Line 1: a picture")


@pytest.mark.parametrize("content", ["[", "a list", "wordings: [en]", "wordings: {en: text}", "subject: no languages"])
def test_a_yaml_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    write(tmp_path, a_md="Hello", a_yaml=content)
    with pytest.raises(MailingNotReady, match=r"a\.yaml"):
        read_wordings(None, tmp_path / "a.md", "en")


def test_the_demonstration_s_alert_and_update_read_whole() -> None:
    words = read_words(DEMO / "alerts" / "alert.en.md", None, "en", {})
    assert [one.language for one in words] == ["en", "ar", "km"]
    assert all(one.subject and one.preheader and one.blocks for one in words)
    body = DEMO / "updates" / "update.en.md"
    wordings = read_wordings(DEMO / "updates" / "update-partial.yaml", body, "en")
    assert wordings["km"]["picture"] == "open-door.webp"
    assert set(read_manuscripts(body, "en")) == set(wordings)
