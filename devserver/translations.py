"""`make translations`: finds the sentences of pages and mails and writes them into the .po files, in place.

Sorted and without line numbers, so that two people's additions merge. A sentence that nothing asks for any more stays
until `--prune`, because its template may still be on somebody's desk.
"""

import sys
from collections.abc import Mapping
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from email_templates.language import LANGUAGES, SOURCE_LANGUAGE

ROOT = Path(__file__).parent.parent
FOLDERS = ("actions", "email_templates")
# In code the language stands first: gettext(language, "…"). In templates it is the template's own.
_IN_CODE = {"gettext": (2,), "ngettext": (2, 3), "words": (1,)}
_TEMPLATES = ("**.html", "**.txt")
# A template that does not parse must say so, not lose its sentences.
_OPTIONS = {pattern: {"silent": "false", "newstyle_gettext": "true"} for pattern in _TEMPLATES}


def sentences_of(folder: Path) -> Catalog:
    """Every sentence that code and templates below the folder ask a catalogue for."""
    found = Catalog()
    in_code = extract_from_dir(folder, [("**.py", "python")], keywords=_IN_CODE, directory_filter=_is_ours)
    pages = [(pattern, "jinja2") for pattern in _TEMPLATES]
    in_templates = extract_from_dir(folder, pages, _OPTIONS, directory_filter=_is_ours)
    for _file, _line, message, _comments, _context in chain(in_code, in_templates):
        found.add(message)
    return found


def _is_ours(directory: str) -> bool:
    """Babel's own filter passes over folders such as _macros. The desk speaks English until it has a catalogue."""
    return Path(directory).name not in {"__pycache__", "static", "frontend", "desk"}


def catalogues(folder: Path) -> list[tuple[str, Path]]:
    """(language, path of its .po file) of every language that needs one."""
    return [(code, folder / "translations" / f"{code}.po") for code in LANGUAGES if code != SOURCE_LANGUAGE]


def read_catalogue(path: Path, language: str) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def update_catalogue(path: Path, language: str, wanted: Catalog, *, prune: bool = False) -> int:
    """Rewrite one .po file with every wanted sentence; returns how many still lack their translation."""
    catalogue = read_catalogue(path, language)
    before = {message.id for message in catalogue if message.id}
    for message in wanted:
        if message.id and message.id not in catalogue:
            catalogue.add(message.id)
    if prune:
        for gone in before - {message.id for message in wanted}:
            catalogue.delete(gone)
    path.write_bytes(_header(language, catalogue) + _body(catalogue))
    return sum(not all(_forms(message.string)) for message in catalogue if message.id)


def _forms(string: str | list[str] | tuple[str, ...] | None) -> tuple[str | None, ...]:
    return (string,) if string is None or isinstance(string, str) else tuple(string)


def _header(language: str, catalogue: Catalog) -> bytes:
    plurals = f"nplurals={catalogue.num_plurals}; plural={LANGUAGES[language].plural_rule};"
    headers: Mapping[str, str] = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plurals,
    }
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in headers.items())
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode()


def _body(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return written.getvalue().strip(b"\n") + b"\n"


def main(arguments: list[str]) -> None:
    for name in FOLDERS:
        wanted = sentences_of(ROOT / name)
        for language, path in catalogues(ROOT / name):
            missing = update_catalogue(path, language, wanted, prune="--prune" in arguments)
            print(f"{path.relative_to(ROOT)}: {missing} without a translation")


if __name__ == "__main__":
    main(sys.argv[1:])
