"""The desk's editor of a page's words in one language: it keeps a draft while one types, and tells of another's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from actions.blocks_form import EDITOR, moves_blocks, read_blocks
from actions.drafts.operations import DraftMoved, Seen
from actions.media.queries import all_pictures, described, pictures_named
from actions.pages import listing
from actions.pages.desk import found
from actions.pages.drafts import (
    WordsMoved,
    draft_of,
    drafts_of_others,
    drop_draft,
    keep_draft,
    save_words,
    words_in,
)
from actions.pages.forms import NOTES, PRIVACY, WordsForm
from actions.pages.model_letters import ONLY_LETTERS
from actions.pages.models import Page, PageKind, PageState
from actions.pages.operations import PageNotReady, drop_language
from actions.pages.queries import wordings
from actions.pages.starting import begin_language
from actions.pages.words import PageWords
from actions.security_headers import KEEPS
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.transaction import transaction
from email_templates.language import LANGUAGES, LETTER_LANGUAGES

blueprint = desk_blueprint("page_words_desk", "/pages")
PATH = "/<int:page_id>/words/<language>"
STORY = "story"
DONE = {
    "dropped-draft": "These are the words that stand. What you had not saved is gone.",
}


@dataclass(frozen=True)
class _Typed:
    """What a request holds of the words, and what its window knew."""

    form: WordsForm
    words: PageWords
    seen: Seen


@blueprint.get(PATH)
@allowed(StaffRole.EDITOR)
def edit(page_id: int, language: str) -> ResponseReturnValue:
    page = _page(page_id, language)
    draft = draft_of(page, language, me().id)
    if draft is None:
        words, seen = _begun(page, language), Seen(page.version)
    else:
        words, seen = PageWords.from_json(draft.words), Seen(draft.based_on, draft.revision)
    return _editor(page, language, words, seen, kept_at=None if draft is None else draft.kept_at)


@blueprint.post(PATH)
@allowed(StaffRole.EDITOR)
@keeps_words
def save(page_id: int, language: str) -> ResponseReturnValue:
    page = _page(page_id, language)
    typed = _typed(page, language)
    if moves_blocks(request.form):
        return _editor(page, language, typed.words, _kept(page, language, typed), form=typed.form)
    if not typed.form.validate():
        return _editor(page, language, typed.words, _kept(page, language, typed), form=typed.form, status=422)
    try:
        with transaction():
            saved = save_words(page, language, typed.words, based_on=typed.seen.version, by=acting())
    except WordsMoved as moved:
        seen = Seen(moved.version, _kept(page, language, typed).revision)
        return _editor(page, language, moved.merged.words, seen, status=409, moved=moved)
    except PageNotReady as refused:
        seen = _kept(page, language, typed)
        return _editor(page, language, typed.words, seen, form=typed.form, status=422, problems=refused.problems)
    return redirect(f"/desk/pages/{page.id}?done=words&held={saved.held}", code=303)


@blueprint.post(f"{PATH}/keep")
@allowed(StaffRole.EDITOR)
def keep(page_id: int, language: str) -> ResponseReturnValue:
    """What was typed so far, while one types; the answer is a line for the foot of the editor."""
    page = _page(page_id, language)
    typed = _typed(page, language)
    try:
        with transaction():
            draft = keep_draft(page, language, typed.words, typed.seen, by=acting())
    except DraftMoved as moved:
        return render_desk("desk/kept.html", draft=moved.draft, moved=True)
    return render_desk("desk/kept.html", draft=draft, moved=False)


@blueprint.post(f"{PATH}/forget")
@allowed(StaffRole.EDITOR)
def forget(page_id: int, language: str) -> ResponseReturnValue:
    """Back to the words that stand."""
    page = _page(page_id, language)
    with transaction():
        drop_draft(page, language, by=acting())
    return redirect(f"/desk/pages/{page.id}/words/{language}?done=dropped-draft", code=303)


@blueprint.post(f"{PATH}/drop")
@allowed(StaffRole.EDITOR)
def drop(page_id: int, language: str) -> ResponseReturnValue:
    """The page goes on without this language; its words stay in its earlier versions."""
    page = _page(page_id, language)
    try:
        with transaction():
            drop_language(page, language, by=acting())
    except PageNotReady:
        abort(400)
    return redirect(f"/desk/pages/{page.id}?done=dropped", code=303)


def _page(page_id: int, language: str) -> Page:
    if language not in LANGUAGES:
        abort(404)
    return found(page_id)


def _kept(page: Page, language: str, typed: _Typed) -> Seen:
    """What was refused is kept as a draft, so that a closed window loses nothing."""
    try:
        with transaction():
            draft = keep_draft(page, language, typed.words, typed.seen, by=acting())
    except DraftMoved:
        return typed.seen
    return Seen(typed.seen.version, draft.revision)


def _begun(page: Page, language: str) -> PageWords:
    """The words that stand, else what a translation begins with."""
    return words_in(page, language) if language in wordings(page) else begin_language(page, language)


def _typed(page: Page, language: str) -> _Typed:
    form = WordsForm(request.form)
    version = request.form.get("version", page.version, type=int)
    before = words_in(page, language, version)
    words = form.words(before, described(read_blocks(request.form, STORY)))
    return _Typed(form, words, Seen(version, request.form.get("revision", 0, type=int)))


def _editor(  # noqa: PLR0913  # what the screen shows
    page: Page,
    language: str,
    words: PageWords,
    seen: Seen,
    *,
    form: WordsForm | None = None,
    status: int = 200,
    **context: Any,  # noqa: ANN401  # for the template
) -> ResponseReturnValue:
    form = form or WordsForm.of(words)
    lead = pictures_named([page.lead_picture]).get(page.lead_picture or "")
    if lead is not None:
        form.offer(lead.alt, lead.credit)
    answer = render_desk(
        "desk/pages/words.html",
        status=status,
        page=page,
        title=listing.title_of(page),
        into=LANGUAGES[language],
        languages=LANGUAGES.values(),
        only_letters=[LETTER_LANGUAGES[code] for code in ONLY_LETTERS],
        form=form,
        lead=lead,
        blocks=words.blocks,
        **EDITOR,
        seen=seen,
        source=_source(page, language),
        others=drafts_of_others(page, language, me().id),
        is_public=page.state is not PageState.DRAFT,
        has_petition=page.kind is not PageKind.LETTER,
        has_letter=page.kind is not PageKind.PETITION,
        privacy=PRIVACY,
        notes=NOTES,
        exists=language in wordings(page),
        pictures=all_pictures(),
        done=DONE.get(request.args.get("done", "")),
        **context,
    )
    answer.headers["Content-Security-Policy"] = KEEPS
    return answer


def _source(page: Page, language: str) -> Mapping[str, Any] | None:
    """For a translation: the page's own words beside it."""
    if language == page.default_language:
        return None
    own = words_in(page, page.default_language)
    return {"fields": WordsForm.of(own).data, "blocks": own.blocks, "language": LANGUAGES[page.default_language]}
