"""The desk's screen of the sentences that one agrees to: each edit is a new version, and the old ones stay (C-31)."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.consents.models import ConsentPurpose
from actions.consents.operations import add_text
from actions.consents.queries import every_text
from actions.staff import audit
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.transaction import transaction
from email_templates.language import LANGUAGES

blueprint = desk_blueprint("consents_desk", "/consent-texts")
PURPOSES = {
    ConsentPurpose.SIGN: ("To sign", ""),
    ConsentPurpose.WRITE: ("To write a letter", ""),
    ConsentPurpose.DISCLOSE: ("To pass the letter on", "{target} and {state} stand for whom it goes to."),
    ConsentPurpose.SHOW_NAME: ("To show the name in public", ""),
    ConsentPurpose.CASE_NEWS: ("To be told what comes of it", "{page} stands for the page's title."),
    ConsentPurpose.LIST: ("To join the list", "{list} stands for its name."),
    ConsentPurpose.MEASUREMENT: ("To be counted when opening mail", ""),
}
NEEDED = {
    ConsentPurpose.DISCLOSE: ("{target}", "{state}"),
    ConsentPurpose.CASE_NEWS: ("{page}",),
    ConsentPurpose.LIST: ("{list}",),
}
LONGEST = 1000


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def show() -> ResponseReturnValue:
    return _screen()


@blueprint.post("")
@allowed(StaffRole.ADMIN)
@keeps_words
def add() -> ResponseReturnValue:
    purpose, language = _asked()
    text = " ".join(request.form.get("text", "").replace("\0", "").split())
    problem = _problem(purpose, text)
    if problem:
        return _screen(status=422, problem=problem, typed=text, purpose=purpose, language=language)
    with transaction():
        by = acting()
        made = add_text(purpose, language, text, by=by)
        after = {"purpose": purpose.value, "language": language, "version": made.version}
        audit.note("consent text added", by=by, about=("consent_text", made.id), after=after)
    return redirect(f"/desk/consent-texts?done=added#{purpose.value}-{language}", code=303)


def _asked() -> tuple[ConsentPurpose, str]:
    purpose, language = request.form.get("purpose", ""), request.form.get("language", "")
    known = purpose in set(ConsentPurpose) and language in LANGUAGES
    return (ConsentPurpose(purpose), language) if known else (ConsentPurpose.SIGN, "en")


def _problem(purpose: ConsentPurpose, text: str) -> str:
    if not text:
        return "Write the sentence that one agrees to."
    if len(text) > LONGEST:
        return f"A sentence that one agrees to has at most {LONGEST} characters."
    lacking = [name for name in NEEDED.get(purpose, ()) if name not in text]
    return f"The sentence must say {' and '.join(lacking)}, so that one knows what one agrees to." if lacking else ""


def _screen(
    status: int = 200,
    problem: str = "",
    typed: str = "",
    purpose: ConsentPurpose | None = None,
    language: str = "",
) -> ResponseReturnValue:
    return render_desk(
        "desk/consents/list.html",
        status=status,
        purposes=PURPOSES,
        languages=LANGUAGES,
        texts=every_text(),
        problem=problem,
        typed=typed,
        wrong=(purpose, language),
        done="The sentence is saved as a new version. Who agreed before agreed to the old one."
        if request.args.get("done") == "added"
        else "",
    )
