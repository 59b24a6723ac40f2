"""What was typed stays when a letter goes to somebody who reads another language: each text belongs to its language."""

from collections.abc import Collection, Mapping, Sequence

from werkzeug.datastructures import MultiDict

TEXTS = ("subject", "body")
# How an office is addressed: each has its own.
GREETINGS = ("salutation", "close")
# The two of TEXTS; of what was typed perhaps only one.
Text = Mapping[str, str]


def kept(
    typed: MultiDict[str, str], codes: Sequence[str], models: Mapping[str, Text]
) -> tuple[MultiDict[str, str], dict[str, Text]]:
    """What was typed, under the names that the form has for these languages now, and own words that have no place.

    The first language has the plain names; `models` are our letters. Own words in a language that nobody reads now
    take the place of our words in the first, so that their writer has them before them.
    """
    own = {code: text for code, said in _said(typed, codes[0]).items() if (text := _own(said, models.values()))}
    homeless = [code for code in own if code not in codes]
    if homeless and codes[0] not in own:
        own[codes[0]] = own.pop(homeless.pop(0))
    told = MultiDict((name, value) for name, value in typed.items(multi=True) if not is_text(name))
    for code in codes:
        for name, words in own.get(code, {}).items():
            told[name if code == codes[0] else f"{name}_{code}"] = words
    return told, {code: own[code] for code in homeless}


def addressed(
    typed: MultiDict[str, str], slugs: Sequence[str], every: Collection[str]
) -> tuple[MultiDict[str, str], dict[str, str]]:
    """What was typed, with each form of address under the name that it has now; and those to whom none goes now.

    `slugs` are those of whom the letter goes to, `every` those of the page.
    """
    seen = typed.get("seen", "").split() or slugs
    told: MultiDict[str, str] = MultiDict()
    aside: dict[str, str] = {}
    for name, value in typed.items(multi=True):
        part, _, slug = name.partition("_")
        slug = slug or next(iter(seen), "")
        if part not in GREETINGS:
            told.add(name, value)
        elif slug in slugs:
            told[greeting_name(part, slug, slugs)] = value
        elif slug in every:
            aside[f"{part}_{slug}"] = value
    return told, aside


def greeting_name(part: str, slug: str, slugs: Sequence[str]) -> str:
    """Of the field in which one office is addressed; a single one has the plain name."""
    return part if len(slugs) == 1 else f"{part}_{slug}"


def is_text(field: str) -> bool:
    return field.partition("_")[0] in TEXTS


def is_word(field: str) -> bool:
    """Of the letters."""
    return field.partition("_")[0] in (*TEXTS, *GREETINGS)


def _said(typed: MultiDict[str, str], first: str) -> dict[str, Text]:
    said: dict[str, dict[str, str]] = {}
    for field in filter(is_text, typed):
        name, _, code = field.partition("_")
        said.setdefault(code or typed.get("plain") or first, {})[name] = typed[field]
    return dict(said)


def _own(said: Text, models: Collection[Text]) -> Text:
    """What is not ours, in whichever language."""
    return {
        name: words for name, words in said.items() if all(words.split() != model[name].split() for model in models)
    }
