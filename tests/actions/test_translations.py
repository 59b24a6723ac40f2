"""Every sentence of the pages is there in every language."""

import inspect
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract

from actions.letters import bundle_sheet, paper, wording
from devserver.translations import catalogues, read_catalogue, sentences_of
from email_templates.language import LANGUAGES, LETTER_LANGUAGES

FOLDER = Path(__file__).parents[2] / "actions"
IN_A_LETTER = (wording, paper, bundle_sheet.answers_to, bundle_sheet.small_print)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return sentences_of(FOLDER)


def forms(of: str | tuple[str, ...] | list[str]) -> list[str]:
    return [of] if isinstance(of, str) else list(of)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def lacks_words(translated: Message | None) -> bool:
    return translated is None or translated.fuzzy or not all(forms(translated.string))


def misplaced(source: Message, translated: Message) -> bool:
    """The general form says all that English says; those for none, one or two may say the number in a word."""
    asked = placeholders(forms(source.id)[-1])
    *special, general = map(placeholders, forms(translated.string))
    return general != asked or any(not one <= asked for one in special)


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {language for language, path in catalogues(FOLDER) if path.is_file()} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize(("language", "path"), catalogues(FOLDER))
def test_every_sentence_of_the_pages_is_translated(language: str, path: Path, sentences: Catalog) -> None:
    catalogue = read_catalogue(path, language)
    missing = [message.id for message in sentences if message.id and lacks_words(catalogue.get(message.id))]
    assert missing == [], f"run `make translations` and fill {path.name}"


@pytest.mark.parametrize("language", [code for code in LETTER_LANGUAGES if code not in LANGUAGES])
def test_a_language_of_letters_alone_has_what_stands_in_a_letter_and_nothing_else(language: str) -> None:
    catalogue = read_catalogue(FOLDER / "translations" / f"{language}.po", language)
    code = "".join(inspect.getsource(one) for one in IN_A_LETTER)
    asked = {found[1] for found in extract("python", BytesIO(code.encode()), {"words": None})}
    assert {message.id for message in catalogue if message.id} == asked
    assert [message.id for message in catalogue if message.id and misplaced(message, message)] == []


@pytest.mark.parametrize(("language", "path"), catalogues(FOLDER))
def test_a_translation_keeps_the_placeholders_of_its_sentence(language: str, path: Path) -> None:
    catalogue = read_catalogue(path, language)
    wrong = [message.id for message in catalogue if message.id and message.string and misplaced(message, message)]
    assert wrong == []


@pytest.mark.parametrize(("language", "path"), catalogues(FOLDER))
def test_a_translation_has_every_plural_form_of_its_language(language: str, path: Path) -> None:
    catalogue = read_catalogue(path, language)
    plural = [message for message in catalogue if isinstance(message.id, tuple | list)]
    assert plural
    assert {len(forms(message.string)) for message in plural} == {catalogue.num_plurals}
