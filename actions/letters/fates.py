"""What became of a letter, in words for its writer, and whether they can still send it by post."""

from dataclasses import dataclass

from actions import clock
from actions.deliveries.models import DeliveryState
from actions.deliveries.queries import about
from actions.extensions import db
from actions.letters import queries
from actions.letters.models import Bundle, Letter, LetterState
from actions.letters.operations import EMAIL
from actions.pages.models import Page
from actions.pages.queries import takes_acts
from actions.rendering import gettext, words
from actions.targets.hours import opens_next
from actions.targets.models import Target
from actions.targets.waiting import HeldBack, held_back, held_back_on_paper
from email_templates.language import format_date, format_moment, format_number

L = LetterState
CAME_BACK = {
    "no_such_mailbox": words("It could not be delivered: the address that we had takes no email any more."),
    "mailbox_full": words("It could not be delivered: the office’s mailbox was full and stayed full."),
    "refused": words("It could not be delivered: the office’s mail server refused it."),
    "unreachable": words("It could not be delivered: the office’s mail server could not be reached for days."),
}
NOT_SENT = {
    "undone by its writer": words("You took it back before it went."),
    "let go by its writer": words("There was news, and you let it go. It was not sent."),
    "written anew": words("You wrote it anew, and the newer letter took its place."),
    "the page has closed": words("The page closed before its turn came. It was not sent."),
}


@dataclass(frozen=True)
class Fate:
    """`to_post`: it did not arrive, and its page still takes letters."""

    words: str
    to_post: bool = False


def fate_of(letter: Letter, page: Page, target: Target, language: str) -> Fate:
    match letter.state:
        case L.READY:
            waits = _not_yet(letter, page, language) or _held_back(target, language)
            in_turn = _for_a_bundle if target.takes_bundles else _in_its_turn
            return Fate(waits or in_turn(target, language))
        case L.SENT | L.RELEASED if letter.bundle_id is not None:
            return Fate(_in_a_bundle(db.session.get_one(Bundle, letter.bundle_id), language))
        case L.SENT:
            day = format_date(letter.ended_at or clock.now(), language)
            return Fate(gettext(language, words("It was handed over to the office’s mail on %(day)s."), day=day))
        case L.RELEASED | L.UNKNOWN | L.HELD | L.EXPIRED:
            return Fate(gettext(language, _between(letter)))
        case _:
            return _why_it_ended(letter, page, language)


def _not_yet(letter: Letter, page: Page, language: str) -> str:
    if letter.release_at is not None and letter.release_at > clock.now():
        said = words("It waits until %(moment)s, so that you can still take it back.")
        return gettext(language, said, moment=format_moment(letter.release_at, language))
    if not takes_acts(page):
        return gettext(language, words("Its page is paused at present. It goes when the page goes on."))
    return ""


def _for_a_bundle(target: Target, language: str) -> str:
    said = words("It waits to be printed: letters to this office are handed over together, on paper.")
    return _has_all(target, language) or gettext(language, said)


def _in_a_bundle(bundle: Bundle, language: str) -> str:
    if bundle.handed_over_on is None:
        return gettext(language, words("It is printed together with others, and waits to be handed over."))
    day = format_date(bundle.handed_over_on, language)
    said = words("It was handed over on paper, together with others, on %(day)s (%(place)s).")
    return gettext(language, said, day=day, place=bundle.place or "")


def _held_back(target: Target, language: str) -> str:
    now = clock.now()
    match held_back_on_paper(target) if target.takes_bundles else held_back(target, now):
        case HeldBack.CLOSED:
            said = words("The office is closed until %(moment)s. It goes after that, in its turn.")
            return gettext(language, said, moment=format_moment(opens_next(target, now), language))
        case HeldBack.WAITS:
            said = words("Letters to this office wait at present. We are finding out how they can reach it.")
            return gettext(language, said)
        case HeldBack.UNVERIFIED:
            return gettext(language, words("It waits until somebody here has checked the office’s address once more."))
        case None:
            return ""


def _in_its_turn(target: Target, language: str) -> str:
    if queries.putting_off([target.id]):
        said = words("The office’s mail asked us to come back later. It goes as soon as mail is taken.")
        return gettext(language, said)
    said = words(
        "It waits for its turn. So that the office can read them, letters go there at most %(number)s an hour."
    )
    turn = gettext(language, said, number=format_number(target.max_per_hour, language))
    return _has_all(target, language) or turn


def _has_all(target: Target, language: str) -> str:
    if queries.left_to(target) != 0:
        return ""
    said = words("As many letters have gone to this office as it takes. We are looking for a way for yours.")
    return gettext(language, said)


def _between(letter: Letter) -> str:
    """Neither waiting nor at an end that its office knows of."""
    match letter.state:
        case L.RELEASED:
            return _on_its_way(letter)
        case L.UNKNOWN:
            return words("It was probably delivered: the office’s mail took it, then broke off before it said so.")
        case L.EXPIRED:
            return words("There was news, and we did not hear from you. It was not sent.")
        case _:
            return _why_it_is_held(letter)


def _on_its_way(letter: Letter) -> str:
    tries = about(EMAIL, letter.id)
    if tries and tries[-1].state is DeliveryState.DEFERRED:
        return words("It is on its way. The office’s mail asked us to come back later, and we keep trying for days.")
    return words("It is on its way.")


def _why_it_is_held(letter: Letter) -> str:
    if _reason(letter) == "the page's words changed":
        return words("It is held, because there is news. Look at it again with the link we mailed you.")
    return words("It is held until somebody here has looked at it. You do not have to do anything.")


def _why_it_ended(letter: Letter, page: Page, language: str) -> Fate:
    reason = _reason(letter)
    if letter.state is L.FAILED or reason in CAME_BACK:
        came_back = words("It could not be delivered: the office’s mail server sent it back and gave no clear reason.")
        return Fate(gettext(language, CAME_BACK.get(reason, came_back)), to_post=takes_acts(page))
    return Fate(gettext(language, NOT_SENT.get(reason, words("It was not sent."))))


def _reason(letter: Letter) -> str:
    """Of its last step."""
    journal = queries.journal_of(letter)
    return journal[-1].reason if journal else ""
