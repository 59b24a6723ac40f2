"""`/answer/<token>`, the link in the mail that asks: GET shows the question, and only a press says anything."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from actions.actors import supporter as owner
from actions.answers import operations, queries
from actions.answers.forms import AnswerForm
from actions.answers.models import Question, Said
from actions.extensions import db
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.rendering import render_page, request_language
from actions.targets.queries import name_in
from actions.transaction import transaction

blueprint = Blueprint("answers", __name__)
NEVER, TELL = "never", "tell"
SAYS = {said.value: said for said in Said}


@blueprint.get("/answer/<token>")
def show(token: str) -> ResponseReturnValue:
    question = queries.opened_by(token)
    return _page(token, question, AnswerForm(None, question, _language(question)))


@blueprint.post("/answer/<token>")
def say(token: str) -> ResponseReturnValue:
    question = queries.opened_by(token)
    by, pressed = owner(question.supporter_id), request.form.get("say", "")
    if pressed == TELL:
        return _tell(token, question)
    with transaction():
        if pressed in SAYS:
            operations.say(question, SAYS[pressed], by=by)
        elif pressed == NEVER:
            operations.ask_no_more(question, by=by)
    return _back(token, question, pressed if pressed in {*SAYS, NEVER} else "")


def _tell(token: str, question: Question) -> ResponseReturnValue:
    form = AnswerForm(request.form, question, _language(question))
    if not form.validate():
        return _page(token, question, form, status=422)
    with transaction():
        operations.tell(question, form.answer.data, by=owner(question.supporter_id))
    return _back(token, question, TELL)


def _page(token: str, question: Question, form: AnswerForm, status: int = 200) -> ResponseReturnValue:
    form.fresh_stamp()
    language, page = _language(question), db.session.get_one(Page, question.page_id)
    return render_page(
        "answers/show.html",
        language=language,
        status=status,
        token=token,
        question=question,
        page=page,
        title=wording(page, language).title,
        letters=[
            (name_in(target, language), at, on_paper) for target, at, on_paper in queries.letters_asked_about(question)
        ],
        form=form,
        done=request.args.get("done", ""),
    )


def _back(token: str, question: Question, done: str) -> ResponseReturnValue:
    return redirect(f"/answer/{token}?done={done}&lang={_language(question)}", code=303)


def _language(question: Question) -> str:
    fallback = queries.writer_of(question).language
    return request_language(fallback=fallback) if "lang" in request.values else fallback
