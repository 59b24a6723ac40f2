"""Write to a target: the form on its own page, where every letter form goes, and the letter on paper."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from actions import clock, rate_limits
from actions.actors import VISITOR
from actions.confirmations.continuing import continued_by
from actions.confirmations.operations import open_link
from actions.confirmations.views import check_your_email
from actions.letters import operations, posting, queries
from actions.letters.forms import OWN, LetterForm
from actions.letters.models import Letter, LetterState
from actions.letters.own_mail import own_mail
from actions.letters.paper import on_paper
from actions.letters.paper_form import PaperForm
from actions.letters.prefilling import goes_on_writing, letter_form, paper_form
from actions.letters.slip import steps
from actions.letters.typesetting import NoFontForScript, typeset
from actions.pages.models import Page
from actions.pages.queries import languages, page_to_write, public_page, wording
from actions.rendering import render_page, request_language
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter
from actions.targets.queries import name_in, state_in
from actions.tokens import InvalidToken
from actions.transaction import transaction

blueprint = Blueprint("letters", __name__)


@blueprint.get("/a/<slug>/write")
def show(slug: str) -> ResponseReturnValue:
    page = page_to_write(slug)
    language = _language(page)
    proven = continued_by(request.args.get("next", ""), page.id)
    return _form_page(letter_form(page, language, proven=proven), page, language)


@blueprint.post("/a/<slug>/write")
def write(slug: str) -> ResponseReturnValue:
    page = page_to_write(slug)
    language = _language(page)
    proven = continued_by(request.form.get("next", ""), page.id)
    form = letter_form(page, language, proven=proven, typed=True)
    if goes_on_writing(form):
        return _form_page(form, page, language)
    if form.by.data == OWN:
        return _own_mail(form, page, language)
    if not form.by_email:
        return _print(page, language)
    if not form.validate():
        return _form_page(form, page, language, status=422)
    if proven is not None:
        return _write_at_once(form, page, proven, language)
    delay = rate_limits.network_delay()
    with transaction():
        supporter = supporters.find_or_add(form.address, language=language, source=page.slug, by=VISITOR)
        operations.write_letters(form.wishes(), page, supporter, language=language, network_delay=delay, by=VISITOR)
    return check_your_email(form.address.original, language, **_left_to_print(form, page, language))


@blueprint.post("/a/<slug>/letter.pdf")
def pdf(slug: str) -> ResponseReturnValue:
    """Made here and now of what the browser sends along; nothing of it is stored."""
    page = public_page(slug)
    language = _language(page)
    form = paper_form(page, language)
    if not form.validate():
        return _form_page(form, page, language, status=422)
    target, posted_by = form.chosen[0], form.posting.data or ""
    try:
        made = typeset(on_paper(form, target, page, clock.now().date(), posted_by).sheet)
    except NoFontForScript as missing:
        said = missing.name_in(language)
        return _print_page(form, page, language, {target.id: posted_by}, unprintable=said, status=422)
    answer = make_response(made)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="letter-{page.slug}.pdf"'
    return answer


@blueprint.get("/a/<slug>/posted")
def ask_posted(slug: str) -> ResponseReturnValue:
    """Where the code on the sheet leads: it asks, since programs open links by themselves."""
    page = public_page(slug)
    language, posting_token = _language(page), request.args.get("posting", "")
    letter = _printed(page, posting_token)
    return render_page(
        "letters/posted.html",
        language=language,
        page_languages=(),
        page=page,
        wording=wording(page, language),
        posting=posting_token,
        counted=letter.state is not LetterState.PRINTED,
    )


@blueprint.post("/a/<slug>/posted")
def posted(slug: str) -> ResponseReturnValue:
    """Counted once, however often it is pressed."""
    page = public_page(slug)
    letter = _printed(page, request.form.get("posting", ""))
    if letter.state is LetterState.PRINTED:
        with transaction():
            posting.mark_posted(letter, by=VISITOR)
    return redirect(f"/a/{page.slug}/thanks?done=posted&lang={_language(page)}", code=303)


@blueprint.post("/a/<slug>/self-sent")
def self_sent(slug: str) -> ResponseReturnValue:
    """Counted once, however often it is pressed."""
    page = public_page(slug)
    with transaction():
        posting.mark_self_sent(page, request.form.get("sent", ""), by=VISITOR)
    return redirect(f"/a/{page.slug}/thanks?done=self_sent&lang={_language(page)}", code=303)


@blueprint.app_errorhandler(operations.TargetGone)
def show_target_gone(fact: operations.TargetGone) -> ResponseReturnValue:
    return _fact_page("letters/target_gone.html", 410, page=fact.page)


@blueprint.app_errorhandler(operations.WordsChanged)
def show_words_changed(_: operations.WordsChanged) -> ResponseReturnValue:
    return _fact_page("letters/words_changed.html", 409, back=request.path)


def _write_at_once(form: LetterForm, page: Page, proven: Supporter, language: str) -> ResponseReturnValue:
    """The mailbox was proven a moment ago: on to the confirm page, without a second mail."""
    with transaction():
        confirmation = operations.write_letters(form.wishes(), page, proven, language=language, mail=False, by=VISITOR)
        link = open_link(confirmation, proven) if confirmation else None
    path = f"/c/{link}?lang={language}" if link else f"/a/{page.slug}/thanks?done={operations.KIND}&lang={language}"
    left = _left_to_print(form, page, language)
    if left:
        return render_page("letters/two_ways.html", language=language, page_languages=(), path=path, link=link, **left)
    return redirect(path, code=303)


def _left_to_print(form: LetterForm, page: Page, language: str) -> dict[str, Any]:
    """Of a letter to several, for whoever takes none by email: what was typed goes on, since nothing of it is kept."""
    by_post = [target for target in form.chosen if not target.takes_letters]
    if not by_post:
        return {}
    form.fresh_stamp()
    return {
        "print_path": f"/a/{page.slug}/write",
        "print_names": [name_in(target, language) for target in by_post],
        "print_fields": [*form.carried_on().items(), *(("target", target.slug) for target in by_post)],
    }


def _printed(page: Page, token: str) -> Letter:
    """Raises InvalidToken."""
    letter = queries.by_posting_token(token)
    if letter is None or letter.page_id != page.id:
        raise InvalidToken
    return letter


def _print(page: Page, language: str) -> ResponseReturnValue:
    form = paper_form(page, language)
    if not form.validate():
        return _form_page(form, page, language, status=422)
    with transaction():
        postings = {
            target.id: posting.print_letter(
                page,
                target,
                country=form.value("country"),
                language=form.to.suggestion_for(target).language,
                by=VISITOR,
            )
            for target in form.chosen
        }
    return _print_page(form, page, language, postings)


def _print_page(  # noqa: PLR0913  # all that the page shows
    form: PaperForm,
    page: Page,
    language: str,
    postings: Mapping[int, str],
    *,
    unprintable: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    form.fresh_stamp()
    day = clock.now().date()
    papers = [on_paper(form, target, page, day, postings[target.id]) for target in form.chosen]
    form.paper.data = papers[0].sheet.paper
    return render_page(
        "letters/print.html",
        language=language,
        status=status,
        page_languages=(),
        letter_form=form,
        letters=[
            (target, paper, postings[target.id], steps(form, target, paper.sheet.paper))
            for target, paper in zip(form.chosen, papers, strict=True)
        ],
        page=page,
        wording=wording(page, language),
        unprintable=unprintable,
    )


def _own_mail(form: LetterForm, page: Page, language: str) -> ResponseReturnValue:
    """Nothing of it is stored; it is counted when its writer says that it went."""
    if not form.validate():
        return _form_page(form, page, language, status=422)
    country = form.value("country")
    return render_page(
        "letters/own_mail.html",
        language=language,
        page_languages=(),
        letter_form=form,
        mails=[
            (own_mail(form, target), name_in(target, language), state_in(target, language), form.part_of(target))
            for target in form.chosen
        ],
        self_sent=[
            (name_in(target, language), posting.self_sent_token(page, target, country=country, language=code))
            for target in form.chosen
            if target.takes_email
            for code in [form.to.suggestion_for(target).language]
        ],
        page=page,
        wording=wording(page, language),
    )


def _form_page(form: LetterForm, page: Page, language: str, status: int = 200) -> ResponseReturnValue:
    form.fresh_stamp()
    return render_page(
        "letters/write.html",
        language=language,
        status=status,
        page_languages=languages(page),
        letter_form=form,
        page=page,
        wording=wording(page, language),
    )


def _fact_page(template: str, status: int, **context: object) -> ResponseReturnValue:
    return render_page(template, language=request_language(), status=status, page_languages=(), **context)


def _language(page: Page) -> str:
    return request_language(languages(page), page.default_language)
