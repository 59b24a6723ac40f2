"""A letter that its writer sends from their own mail program, or copies: it is counted if they say so."""

from dataclasses import dataclass
from urllib.parse import quote

from actions.letters.forms import LetterForm
from actions.targets.models import Target

# Chrome on Windows hands on about 2,000 characters and drops the rest without a word; a Khmer letter takes nine.
LONGEST_LINK = 2000


@dataclass(frozen=True)
class OwnMail:
    """`to` and `link` are empty where the office takes no email; `is_whole`: the link brings the text along."""

    to: str
    subject: str
    text: str
    link: str
    is_whole: bool


def own_mail(form: LetterForm, target: Target) -> OwnMail:
    """To one of those whom it goes to; of a form that was found right."""
    words = form.words_for(target)
    text = words.text(form.name)
    to = (target.email or "") if target.takes_email else ""
    link = mailto(to, words.subject, text) if to else ""
    is_whole = len(link) <= LONGEST_LINK
    return OwnMail(to, words.subject, text, link if is_whole else mailto(to, words.subject), is_whole)


def mailto(to: str, subject: str, text: str = "") -> str:
    """As in RFC 6068: everything encoded, line breaks as CR LF; no header but these two can come of it."""
    fields = {"subject": subject, "body": "\r\n".join(text.splitlines())}
    said = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)
    return f"mailto:{quote(to, safe='@')}?{said}"
