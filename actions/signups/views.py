"""Join the email list, from its own page or from a form on an action page."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from actions import rate_limits
from actions.actors import VISITOR
from actions.confirmations.views import check_your_email
from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, text_for
from actions.lists.queries import description_in, name_in, the_list
from actions.rendering import render_page, request_language
from actions.signups import operations
from actions.signups.forms import JoinForm
from actions.transaction import transaction

blueprint = Blueprint("signups", __name__)


@blueprint.get("/join")
def show() -> ResponseReturnValue:
    language = request_language()
    return _form_page(join_form(language, source=request.args.get("source", "join")), language)


@blueprint.post("/join")
def join() -> ResponseReturnValue:
    language = request_language()
    form = join_form(language, typed=True)
    if not form.validate():
        return _form_page(form, language, status=422)
    delay = rate_limits.network_delay()
    with transaction():
        operations.join(form.wish(), the_list(), language=language, network_delay=delay, by=VISITOR)
    return check_your_email(form.address.original, language)


@blueprint.get("/join/thanks")
def thanks() -> ResponseReturnValue:
    return render_page("signups/thanks.html", language=request_language())


def join_form(language: str, *, source: str = "join", typed: bool = False) -> JoinForm:
    """The form for a page: stamped, in the reader's language; with what the request holds when `typed`."""
    joined = the_list()
    text = text_for(ConsentPurpose.LIST, language)
    form = JoinForm(request.form if typed else None, language=language, list_id=joined.id, text=text, source=source)
    form.sentence = sentence(text, list=name_in(joined, language))
    if not typed:
        form.fresh_stamp()
    return form


def _form_page(form: JoinForm, language: str, status: int = 200) -> ResponseReturnValue:
    form.fresh_stamp()
    joined = the_list()
    return render_page(
        "signups/join.html",
        language=language,
        status=status,
        join_form=form,
        joined_name=name_in(joined, language),
        joined_description=description_in(joined, language),
    )
