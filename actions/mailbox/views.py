"""`/mailbox`: what a demonstration sent. The room is registered only where the catcher is our own."""

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from actions.errors import error_page
from actions.mailbox import reading
from actions.rendering import render_page, request_language
from actions.security_headers import POLICY

blueprint = Blueprint("mailbox", __name__)


@blueprint.app_errorhandler(reading.NoSuchMail)
def missing(_: reading.NoSuchMail) -> ResponseReturnValue:
    return error_page("not_found", 404)


@blueprint.get("/mailbox")
def show() -> ResponseReturnValue:
    return render_page("mailbox/list.html", language=request_language(), mails=reading.newest())


@blueprint.get("/mailbox.json")
def as_json() -> ResponseReturnValue:
    return jsonify([mail.to_json() for mail in reading.newest()])


@blueprint.get("/mailbox/<mail_id>")
def show_one(mail_id: str) -> ResponseReturnValue:
    answer = render_page(
        "mailbox/mail.html", language=request_language(), page_languages=(), mail=reading.mail(mail_id)
    )
    answer.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return answer


@blueprint.get("/mailbox/<mail_id>.eml")
def as_sent(mail_id: str) -> ResponseReturnValue:
    return Response(reading.raw(mail_id), mimetype="message/rfc822")


@blueprint.get("/mailbox/<mail_id>.html")
def html_part(mail_id: str) -> ResponseReturnValue:
    """The HTML part alone, for the frame: no script, nothing from elsewhere, its own inline style."""
    # Its links lead out of the frame, to pages that refuse to be framed.
    html = reading.mail(mail_id).html.replace("<head>", '<head><base target="_top">', 1)
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    return response
