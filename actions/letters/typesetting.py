"""A letter as a PDF that its writer signs and posts: PDF/UA-1, made in memory, nothing of it written or kept."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from babel import Locale, UnknownLocaleError

from actions.letters.postal import Paper
from email_templates.language import UnknownLanguage, direction

PDF_FONTS = Path(__file__).parent.parent / "static" / "dist" / "pdf-fonts"
_TEMPLATE = Path(__file__).with_name("letter.typ")
# The first that is there sets Latin, Cyrillic and Greek; typst brings Libertinus Serif along.
_TEXT_FACES = ("Source Serif 4", "EB Garamond", "Noto Serif", "Libertinus Serif")
_OTHER_FACES = ("Noto Serif Khmer", "Noto Naskh Arabic")
_DEMONSTRATION = {
    "en": "Demonstration – not to be posted",
    "ar": "نموذج للعرض – لا يُرسل بالبريد",
    "km": "គំរូសម្រាប់បង្ហាញ – សូមកុំផ្ញើតាមប្រៃសណីយ៍",
    "de": "Nur zur Ansicht – nicht zum Versand",
    "fr": "Démonstration – ne pas poster",
    "es": "Demostración: no enviar por correo",
}
_MISSING_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# Scripts whose marks stand two deep above and below the line.
_TALL = frozenset(
    {"ARABIC", "KHMER", "THAI", "LAO", "MYANMAR", "DEVANAGARI", "BENGALI", "TIBETAN", "TELUGU", "KANNADA"}
)
# ISO 15924
SYMBOLS = "Zsym"
_SCRIPTS_NAMED_OTHERWISE = {"CJK": "Hani", "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "HANGUL": "Kore"}


class NoFontForScript(Exception):
    """The letter holds characters that no font here can print; a box in their place would shame its writer.

    `script` is the ISO 15924 code: `Khmr`, SYMBOLS for symbols and pictures, `Zzzz` where it cannot be told; `text` is
    what could not be printed.
    """

    def __init__(self, script: str, text: str = "") -> None:
        super().__init__(f"no font for the script {script}; build the front end, or add one to the folder of PDF fonts")
        self.script = script
        self.text = text

    def name_in(self, language: str) -> str:
        """What readers of this language call the script."""
        names = _scripts(language)
        return names.get(self.script) or _scripts("en").get(self.script, self.script)


@dataclass(frozen=True, slots=True)
class Slip:
    """A sheet for the writer alone, behind the letter and in their language; `code` is an SVG that leads to `url`."""

    language: str
    heading: str
    steps: Sequence[str]
    code: str
    code_means: str
    url: str


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """What stands on the letter, in its order; every text is printed literally and may hold line breaks.

    `sender_lines` begin with the name, which heads the letter. `small_print` stands at the foot of the last page.
    """

    paper: Paper
    language: str
    sender_lines: Sequence[str]
    recipient_lines: Sequence[str]
    place_and_date: str
    subject: str | None
    salutation: str
    body: Sequence[str]
    close: str
    writer_name: str
    small_print: str
    demonstration: bool = False
    slip: Slip | None = None


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Typed text as paragraphs: an empty line parts two, a single line break stays one inside its paragraph."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return tuple(part.strip("\n") for part in re.split(r"\n[^\S\n]*\n", unified) if part.strip())


def typeset(sheet: LetterSheet, fonts_folder: Path = PDF_FONTS) -> bytes:
    """The PDF, or NoFontForScript. Without the folder only what typst's own serif holds can be set."""
    return set_pdf(_TEMPLATE, _as_template_wants(sheet), fonts_folder)


def set_pdf(template: Path, values: Mapping[str, object], fonts_folder: Path = PDF_FONTS) -> bytes:
    """A template of Typst with `values`, which it reads as JSON, and `fonts`. Raises NoFontForScript."""
    fonts, families = _fonts_in(fonts_folder)
    inputs = {"sheet": json.dumps({**values, "fonts": families})}
    try:
        return typst.compile(
            template,
            root=template.parent,
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as refused:
        missing = _MISSING_GLYPH.search(refused.message)
        if missing is None:
            raise
        text = _ESCAPED.sub(_unescaped, missing[1])
        raise NoFontForScript(script_of(text), text) from None


@cache
def _fonts_in(folder: Path) -> tuple[typst.Fonts, list[str]]:
    """Reading fonts costs more than setting a letter; they are shared by all threads. System fonts are left out."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder] if folder.is_dir() else [])
    brought = {font.family for font in fonts.fonts() if font.path}
    known = [face for face in (*_TEXT_FACES, *_OTHER_FACES) if face in brought or face == "Libertinus Serif"]
    return fonts, [*known, *sorted(brought.difference(known))]


def _as_template_wants(sheet: LetterSheet) -> dict[str, object]:
    rtl = is_right_to_left(sheet.language)
    sender, recipient = _lines(sheet.sender_lines), _lines(sheet.recipient_lines)
    body = _lines(sheet.body, rtl=rtl)
    code, _, region = sheet.language.replace("_", "-").partition("-")
    return {
        "paper": sheet.paper,
        "language": code.lower() if re.fullmatch("[A-Za-z]{2,3}", code) else "und",
        "region": region.lower() if re.fullmatch("[A-Za-z]{2}", region) else None,
        "rtl": rtl,
        "tall": is_tall(body),
        "tall_sender": is_tall(sender),
        "tall_recipient": is_tall(recipient),
        "title": _title(sheet),
        "demonstration": _demonstration(sheet) if sheet.demonstration else [],
        "sender": sender,
        "recipient": recipient,
        "place_and_date": piece_of(sheet.place_and_date, rtl=rtl),
        "subject": piece_of(sheet.subject or "", rtl=rtl),
        "salutation": piece_of(sheet.salutation, rtl=rtl),
        "body": body,
        "close": piece_of(sheet.close, rtl=rtl),
        "writer": piece_of(sheet.writer_name, rtl=rtl),
        "small_print": _lines(paragraphs_of(sheet.small_print), rtl=rtl),
        "slip": _slip(sheet.slip) if sheet.slip else None,
    }


def _slip(slip: Slip) -> dict[str, object]:
    rtl = is_right_to_left(slip.language)
    steps = _lines(slip.steps, rtl=rtl)
    return {
        "language": slip.language,
        "rtl": rtl,
        "tall": is_tall(steps),
        "heading": piece_of(slip.heading, rtl=rtl),
        "steps": steps,
        "code": slip.code,
        "code_means": piece_of(slip.code_means, rtl=rtl),
        "url": slip.url,
    }


def piece_of(text: str, *, rtl: bool = False) -> dict[str, object] | None:
    """What a template shows of a text: only what can be printed, and which way it runs. None for an empty one."""
    printable = _printable(text)
    return {"text": printable, "rtl": _runs_right_to_left(printable, otherwise=rtl)} if printable else None


def _lines(texts: Iterable[str], *, rtl: bool = False) -> list[dict[str, object]]:
    return [piece for text in texts if (piece := piece_of(text, rtl=rtl))]


def _printable(text: str) -> str:
    """Without control characters, halves of surrogate pairs and non-characters: no font has them."""
    unified = text.replace("\r\n", "\n").replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = (
        c for c in unified if c == "\n" or not (unicodedata.category(c) in {"Cc", "Cs"} or c in "\ufeff\ufffe\uffff")
    )
    return "".join(kept).strip()


def _runs_right_to_left(text: str, *, otherwise: bool) -> bool:
    """By the most of its letters: a name in the other script at the start turns no paragraph round."""
    strong = [unicodedata.bidirectional(character) for character in text]
    right = sum(kind in {"R", "AL"} for kind in strong)
    left = strong.count("L")
    return otherwise if right == left else right > left


def is_tall(pieces: Sequence[dict[str, object]]) -> bool:
    letters = [character for piece in pieces for character in str(piece["text"]) if character.isalpha()]
    tall = sum(_first_word(letter) in _TALL for letter in letters)
    return tall * 4 > len(letters)


def is_right_to_left(language: str) -> bool:
    try:
        return direction(language.replace("_", "-")) == "rtl"
    except UnknownLanguage:
        return False


def _title(sheet: LetterSheet) -> str:
    """PDF/UA asks for one; a reader's window shows it."""
    wanted = (sheet.subject or "", *sheet.recipient_lines, sheet.salutation, "Letter")
    return next(" ".join(title.split()) for text in wanted if (title := _printable(text)))


def _demonstration(sheet: LetterSheet) -> list[dict[str, object]]:
    return _lines(dict.fromkeys((_DEMONSTRATION.get(sheet.language, ""), _DEMONSTRATION["en"])))


def _first_word(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0].split("-")[0]


def script_of(text: str) -> str:
    """ISO 15924. Unicode names its characters by script, and CLDR knows the codes of the names."""
    character = next((c for c in text if c.isalpha()), text[:1])
    if not character or unicodedata.category(character)[0] in "SPNM":
        return SYMBOLS
    word = _first_word(character)
    codes = {name.casefold(): code for code, name in _scripts("en").items()}
    return _SCRIPTS_NAMED_OTHERWISE.get(word) or codes.get(word.casefold(), "Zzzz")


def _scripts(language: str) -> dict[str, str]:
    try:
        names: dict[str, str] = dict(Locale.parse(language.replace("_", "-"), sep="-").scripts)
    except (UnknownLocaleError, ValueError):
        return {}
    return names


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))
