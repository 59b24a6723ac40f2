"""What a campaigner wrote: one Markdown file for each language, side by side, and the lines around them in YAML.

`alert.md` (or `alert.en.md`) with `alert.ar.md` and `alert.km.md` beside it; `alert.yaml` may hold
`wordings: {en: {subject, preheader}, …}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.mailings.operations import Words
from actions.mailings.preflight import MailingNotReady, placeholder_problems
from email_templates.content import Block
from email_templates.language import LANGUAGES
from email_templates.markdown import MarkdownRefused, markdown_blocks


@dataclass(frozen=True)
class Manuscript:
    file: Path
    markdown: str
    blocks: list[dict[str, object]]

    def as_blocks(self) -> list[Block]:
        return list(self.blocks)


def read_words(body: Path, words: Path | None, language: str, given: Mapping[str, str]) -> tuple[Words, ...]:
    """A mailing's words in every language there is a file in. `given`: what the command says of the first one's.

    Raises MailingNotReady.
    """
    wordings = read_wordings(words, body, language)
    manuscripts = read_manuscripts(body, language)
    first = next(iter(manuscripts))
    said = {first: {name: value for name, value in given.items() if value}}
    return tuple(
        Words(language=code, blocks=manuscript.as_blocks(), **_lines(wordings.get(code, {}) | said.get(code, {})))
        for code, manuscript in manuscripts.items()
    )


def _lines(words: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(words.get(name, "")) for name in ("subject", "preheader")}


def read_manuscripts(file: Path, language: str) -> dict[str, Manuscript]:
    """By language; `language` is that of a file whose name tells none. Raises MailingNotReady, with file and line."""
    stem, own = _stem_and_language(file, language)
    found = {own: file} | {
        code: beside for code in LANGUAGES if code != own and (beside := file.with_name(f"{stem}.{code}.md")).is_file()
    }
    read, problems = {}, []
    for code, path in found.items():
        text = path.read_text(encoding="utf-8-sig")
        problems += [f"{path.name}, {problem}" for problem in placeholder_problems(text)]
        try:
            read[code] = Manuscript(path, text, markdown_blocks(text))
        except MarkdownRefused as refused:
            problems.append(f"{path.name}: {refused}")
    if problems:
        raise MailingNotReady(problems)
    return read


def read_wordings(file: Path | None, body: Path, language: str) -> dict[str, dict[str, Any]]:
    """Language -> subject, preheader and whatever else stands there; from the YAML beside the body if none is named.

    `picture: {media: …}` above the languages stands in each of them.
    Raises MailingNotReady for a file of another shape.
    """
    stem, _ = _stem_and_language(body, language)
    chosen = file or body.with_name(f"{stem}.yaml")
    if file is None and not chosen.is_file():
        return {}
    try:
        content = yaml.safe_load(chosen.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MailingNotReady([f"{chosen.name} is no YAML: {error}"]) from error
    wordings = content.get("wordings") if isinstance(content, Mapping) else None
    if not isinstance(wordings, Mapping) or not all(isinstance(words, Mapping) for words in wordings.values()):
        raise MailingNotReady([f"{chosen.name} needs `wordings:` with the lines of each language below it."])
    picture = content.get("picture")
    shared = {"picture": picture["media"] if isinstance(picture, Mapping) else picture} if picture else {}
    return {str(code): {**shared, **words} for code, words in wordings.items()}


def _stem_and_language(file: Path, language: str) -> tuple[str, str]:
    stem = file.name.removesuffix(".md")
    rest, _, code = stem.rpartition(".")
    return (rest, code) if rest and code in LANGUAGES else (stem, language)
