"""A sealed petition as a PDF, in parts of some thousand signers: PDF/UA-1, made in memory and kept nowhere."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from actions.letters.postal import paper_for
from actions.letters.typesetting import SYMBOLS, NoFontForScript, piece_of, script_of, set_pdf
from actions.organisation.queries import letterhead, the_organisation
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.rendering import gettext
from actions.signatures.handing_over import VOLUME, Signer
from actions.signatures.models import Handover
from email_templates.language import country_name, format_date, format_number, language_of

_TEMPLATE = Path(__file__).with_name("petition.typ")
_TALL = frozenset({"ar", "km"})
# In place of a name or words that no font here can print; they stand in the list of the CSV.
UNPRINTABLE = "[…]"


def petition_sheet(handover: Handover, page: Page, signers: Sequence[Signer], number: int) -> bytes:
    """Part `number`, counted from 1, with its `signers`, in the page's own language.

    A name in a script that no font here has would be boxes: it is shown as UNPRINTABLE instead. Raises NoFontForScript
    when the page's own words are in such a script.
    """
    while True:
        try:
            return set_pdf(_TEMPLATE, _values(handover, page, signers, number))
        except NoFontForScript as missing:
            printable = [_with_printable(one, missing) for one in signers]
            if printable == list(signers):
                raise
            signers = printable


def _with_printable(signer: Signer, missing: NoFontForScript) -> Signer:
    return replace(signer, name=_without(signer.name, missing), comment=_without(signer.comment, missing))


def _without(text: str, missing: NoFontForScript) -> str:
    """Each run of what cannot be printed shrinks to one UNPRINTABLE; a symbol goes alone, a letter with its script."""
    kept: list[str] = []
    for character in text:
        by_script = missing.script != SYMBOLS and script_of(character) == missing.script
        if character not in missing.text and not by_script:
            kept.append(character)
        elif kept[-1:] != [UNPRINTABLE]:
            kept.append(UNPRINTABLE)
    return "".join(kept)


def _values(handover: Handover, page: Page, signers: Sequence[Signer], number: int) -> dict[str, object]:
    language, words, contents = page.default_language, wording(page, page.default_language), handover.contents
    rtl = language_of(language).direction == "rtl"
    volumes = len(contents["volumes"])

    def shown(text: str) -> dict[str, object] | None:
        return piece_of(text, rtl=rtl)

    def said(text: str, **values: object) -> dict[str, object] | None:
        return shown(gettext(language, text) % values)

    def counted(kind: str) -> str:
        return format_number(contents[kind], language)

    by_name = [signer for signer in signers if signer.name]
    return {
        "paper": paper_for(the_organisation().country),
        "language": language,
        "rtl": rtl,
        "tall": language in _TALL,
        "organisation": shown(letterhead(language).name),
        "title": shown(words.title),
        "statement": shown(words.petition.get("statement", "") or words.summary),
        "addressees": shown("\n".join(words.petition.get("addressees", []))),
        "total": shown(counted("total")),
        "signatures": said("Signatures"),
        "numbers": [
            said("%(number)s with their name", number=counted("full")),
            said("%(number)s with their initials", number=counted("initials")),
            said("%(number)s who count as a number only", number=counted("hidden")),
        ],
        "volume": said("Part %(number)s of %(all)s", number=number, all=volumes) if volumes > 1 else None,
        "sealed": said(
            "Sealed on %(day)s. The SHA-256 digest of the whole list of signers is:",
            day=format_date(handover.frozen_at, language),
        ),
        "digest": handover.digest,
        "demonstration": said("Demonstration: made-up people") if page.demonstration else None,
        "first": (number - 1) * VOLUME + 1,
        "columns": [said("Name"), said("Country"), said("Day")],
        "signers": [
            [shown(one.name), shown(country_name(one.country, language) if one.country else ""), shown(one.day)]
            for one in by_name
        ],
        "wrote": said("What signers wrote"),
        "comments": [{"words": words_of, "by": shown(one.name)} for one in signers if (words_of := shown(one.comment))],
    }
