"""What whoever posts a letter may want to know: which stamp, and how long it takes. No prices, since those change."""

from typing import NamedTuple

from actions.letters.postal import served_by
from actions.rendering import gettext, words

# UN M49 150, and Cyprus, whose letters go the same way.
_EUROPE = frozenset(
    "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD".split()  # noqa: SIM905  # a table of codes
    + "ME MK MT NL NO PL PT RO RS SE SI SJ SK SM UA VA XK".split()  # noqa: SIM905  # as above
)


class Postage(NamedTuple):
    stamp: str
    time: str


def postage(writer_country: str, target_country: str, language: str) -> Postage:
    """In plain sentences for the reader."""
    home, abroad = served_by(writer_country), served_by(target_country)
    if home == abroad:
        return Postage(
            gettext(language, words("It stays in your country: the stamp for an ordinary letter is enough.")),
            gettext(language, words("It is there within a few days.")),
        )
    near = {writer_country.upper(), target_country.upper()} <= _EUROPE
    time = words("It takes about a week within Europe.") if near else words("It takes one to three weeks.")
    stamp = words("It goes abroad: ask for the stamp of an ordinary letter abroad, up to 20 grams (three sheets).")
    return Postage(gettext(language, stamp), gettext(language, time))
