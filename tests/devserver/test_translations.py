from pathlib import Path

import pytest

from devserver.translations import read_catalogue, sentences_of, update_catalogue

PO = """msgid ""
msgstr ""
"Language: ar\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "Give"
msgstr "تبرّع"

msgid "Long gone"
msgstr "ذهب"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "_macros").mkdir(parents=True)
    (tmp_path / "templates" / "_macros" / "acts.html").write_text(
        '{{ _("Give") }}{% trans n=3 %}{{ n }} letter{% pluralize %}{{ n }} letters{% endtrans %}'
    )
    (tmp_path / "forms.py").write_text('label = gettext(language, "First name")\n')
    (tmp_path / "ar.po").write_text(PO)
    return tmp_path


def ids(folder: Path) -> set[object]:
    return {message.id for message in read_catalogue(folder / "ar.po", "ar") if message.id}


def test_sentences_are_found_in_macros_and_after_the_language_in_code(folder: Path) -> None:
    found = {message.id for message in sentences_of(folder) if message.id}
    assert found == {"Give", "First name", ("%(n)s letter", "%(n)s letters")}


def test_an_update_adds_what_is_new_and_keeps_what_is_translated(folder: Path) -> None:
    missing = update_catalogue(folder / "ar.po", "ar", sentences_of(folder))
    assert missing == 2
    assert ids(folder) == {"Give", "First name", "Long gone", ("%(n)s letter", "%(n)s letters")}
    assert read_catalogue(folder / "ar.po", "ar")["Give"].string == "تبرّع"


def test_what_nothing_asks_for_goes_only_when_pruned(folder: Path) -> None:
    update_catalogue(folder / "ar.po", "ar", sentences_of(folder), prune=True)
    assert "Long gone" not in ids(folder)


def test_a_second_update_changes_no_byte(folder: Path) -> None:
    update_catalogue(folder / "ar.po", "ar", sentences_of(folder))
    first = (folder / "ar.po").read_bytes()
    update_catalogue(folder / "ar.po", "ar", sentences_of(folder))
    assert (folder / "ar.po").read_bytes() == first


def test_a_template_that_does_not_parse_is_named_not_passed_over(folder: Path) -> None:
    (folder / "templates" / "broken.html").write_text('{% if %}{{ _("Lost") }}')
    with pytest.raises(Exception, match="Expected an expression"):
        sentences_of(folder)
