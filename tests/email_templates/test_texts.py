"""Every sentence of every email and block, in every language."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po

from email_templates.environment import BODY, UNINLINED, environment
from email_templates.language import LANGUAGES, LETTER_LANGUAGES, SOURCE_LANGUAGE
from email_templates.texts import TEMPLATES, TEXTS

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%[^(]")

Message = str | tuple[str, ...]


def messages_in_templates() -> Iterator[Message]:
    jinja = environment(SOURCE_LANGUAGE)
    assert jinja.loader is not None
    for path in sorted([*TEMPLATES.rglob("*.txt"), *TEMPLATES.rglob("*.html")]):
        name = path.relative_to(TEMPLATES).as_posix()
        if name.startswith("_layout/") and path.suffix == ".html":
            continue  # part of every body.html
        source, _, _ = jinja.loader.get_source(jinja, f"{UNINLINED}{name}" if path.name == BODY else name)
        for _, _, message in jinja.extract_translations(source):
            yield tuple(part for part in message if part) if isinstance(message, tuple) else message


def messages_in_code() -> Iterator[Message]:
    for path in TEMPLATES.glob("*.py"):
        with path.open("rb") as source:
            for _, _, message, _ in extract_python(source, ["gettext", "ngettext"], [], {}):
                yield message if isinstance(message, str) else tuple(message)


def needed() -> set[Message]:
    found = {*messages_in_templates(), *messages_in_code()}
    return {message[0] if isinstance(message, tuple) and len(message) == 1 else message for message in found}


def catalogue(language: str) -> Catalog:
    with (TEXTS / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def sentences(language: str) -> list[Entry]:
    return [message for message in catalogue(language) if message.id]


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    known = {message.id for message in sentences(language) if all(strings(message.string))}
    assert needed() - known == set()
    assert known - needed() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_has_all_its_forms(language: str) -> None:
    written = catalogue(language)
    plurals = [message for message in written if message.pluralizable]
    assert plurals
    assert {len(message.string) for message in plurals} == {written.num_plurals}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_asks_for_the_values_that_the_sentence_gives(language: str) -> None:
    for message in sentences(language):
        given = set(PLACEHOLDER.findall(" ".join(strings(message.id))))
        for translated in strings(message.string):
            asked = set(PLACEHOLDER.findall(translated))
            # One, two and none may be said in a word.
            assert asked == given or (message.pluralizable and asked == set()), translated


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_marked_as_unsure(language: str) -> None:
    assert not [message.id for message in sentences(language) if message.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_in_english(language: str) -> None:
    same = [message.id for message in sentences(language) if message.id in strings(message.string)]
    assert same == []


@pytest.mark.parametrize("language", [code for code in LETTER_LANGUAGES if code not in LANGUAGES])
def test_a_language_of_letters_alone_has_what_a_letter_says_itself_and_nothing_else(language: str) -> None:
    footer = (TEMPLATES / "letter_to_target" / "body.txt").read_text(encoding="utf-8")
    found = environment(SOURCE_LANGUAGE).extract_translations(footer)
    wanted = {message[0] if isinstance(message, tuple) else message for _, _, message in found}
    said = sentences(language)
    assert {message.id for message in said if message.string} == wanted
    for message in said:
        assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(message.string))


def test_no_sentence_shouts() -> None:
    assert not [message for message in needed() if "!" in str(message)]


def strings(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
