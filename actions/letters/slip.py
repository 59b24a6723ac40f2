"""What goes with a letter to print, for its writer alone and in their language: what to do, and the way back to us."""

import io
from urllib.parse import urlencode

import qrcode
import qrcode.image.svg

from actions.config import settings
from actions.letters.paper_form import PaperForm
from actions.letters.postage import postage
from actions.letters.postal import Paper, paper_for
from actions.letters.typesetting import Slip
from actions.pages.models import Page
from actions.rendering import gettext, words
from actions.targets.models import Target


def posting_url(page: Page, posting: str, language: str) -> str:
    """Back to "I posted it": what it leads to changes nothing until the button there is pressed."""
    return f"{settings().base_url}/a/{page.slug}/posted?{urlencode({'posting': posting, 'lang': language})}"


def steps(form: PaperForm, target: Target, paper: Paper) -> list[str]:
    """In the reader's language, from the printer to the post."""
    language = form.language
    us = words("Fold it in three at the marks, so that the address shows in the window of a no. 10 envelope.")
    din = words("Fold it in three at the marks: the address then shows in the window of a long envelope (DL or C6/5).")
    fold = us if paper == "us-letter" else din
    return [
        gettext(language, words("Print it, and sign it above your name.")),
        gettext(language, fold),
        gettext(language, words("Or write the address on an envelope without a window.")),
        *postage(form.value("country"), target.country, language),
    ]


def slip(form: PaperForm, target: Target, page: Page, posting: str) -> Slip:
    language, drawn = form.language, io.BytesIO()
    url = posting_url(page, posting, language)
    qrcode.make(url, image_factory=qrcode.image.svg.SvgPathImage).save(drawn)
    return Slip(
        language=language,
        heading=gettext(language, words("For you: this sheet does not go into the envelope")),
        steps=steps(form, target, form.sheet(paper_for(form.value("country")))),
        code=drawn.getvalue().decode(),
        code_means=gettext(
            language,
            words(
                "When you have posted it, point the camera of your phone here and press the button: then your letter is"
                " counted. Neither your name nor your words are sent."
            ),
        ),
        url=url,
    )
