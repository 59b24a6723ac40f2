"""What was typed stays when a letter goes to somebody who reads another language: each text belongs to its language."""

from collections.abc import Collection, Mapping, Sequence

from werkzeug.datastructures import MultiDict

TEXTS = ("subject", "body")
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


def is_text(field: str) -> bool:
    return field.partition("_")[0] in TEXTS


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
