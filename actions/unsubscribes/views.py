"""Leave a list or a case: GET shows, POST acts; the same address takes the one-click POST of RFC 8058 (B-40 to B-46).

No cookie, session, stamp or Referer is asked for, and the answer is 200 at once, never a redirect.
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from actions.actors import supporter as owner
from actions.rendering import render_page, request_language
from actions.transaction import transaction
from actions.unsubscribes import operations, queries
from actions.unsubscribes.queries import Leaving

blueprint = Blueprint("unsubscribes", __name__)


@blueprint.get("/u/<token>")
def show(token: str) -> ResponseReturnValue:
    return _page("unsubscribes/show.html", queries.leaving(token), token)


@blueprint.post("/u/<token>")
def leave(token: str) -> ResponseReturnValue:
    what = queries.leaving(token)
    if what.supporter is not None:
        by = owner(what.supporter.id)
        with transaction():
            operations.leave(what, by=by)
            if request.form.get("scope") == "all":
                operations.leave_all(what.supporter, by=by)
    return _page("unsubscribes/left.html", what, token, everything=request.form.get("scope") == "all")


def _page(template: str, what: Leaving, token: str, *, everything: bool = False) -> ResponseReturnValue:
    fallback = what.supporter.language if what.supporter else "en"
    language = request_language(fallback=fallback) if "lang" in request.values else fallback
    return render_page(
        template, language=language, token=token, what=what, name=what.name(language), everything=everything
    )
