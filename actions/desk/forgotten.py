"""A forgotten password: anybody may ask for a link, and only the mailbox of a member gets one.

The link sets a password and nothing else. Who has a second step is asked for it at the next sign-in as always, so
that whoever reads the mailbox alone does not get in.
"""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_security import hash_password
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from actions.actors import VISITOR, Actor, Role
from actions.addresses import InvalidAddress, parse_address
from actions.confirmations.requests import request_by_address
from actions.notices import PASSWORD
from actions.rate_limits import network_delay
from actions.staff.invitations import member_of
from actions.staff.operations import choose_password
from actions.staff.screens import render_desk
from actions.staff.sessions import PATH
from actions.staff.views import PasswordForm
from actions.tokens import ExpiredToken, InvalidToken, Purpose
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

blueprint = Blueprint("forgotten", __name__, url_prefix=PATH)


class AskForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF publishes no types
    email = StringField("Your email address", [InputRequired("Enter your email address.")])


@blueprint.get("/forgotten")
def show_form() -> ResponseReturnValue:
    return render_desk("desk/staff/forgotten.html", form=AskForm())


@blueprint.post("/forgotten")
def ask() -> ResponseReturnValue:
    """The same for everybody: a worker looks whose address it is, once this was answered."""
    form = AskForm()
    if not form.validate_on_submit():
        return render_desk("desk/staff/forgotten.html", 422, form=form)
    try:
        address = parse_address(form.email.data)
    except InvalidAddress:
        form.email.errors = ["This is no email address. It needs an @ and a domain, such as rana@example.org."]
        return render_desk("desk/staff/forgotten.html", 422, form=form)
    with transaction():
        request_by_address(address, PASSWORD, language=SOURCE_LANGUAGE, network_delay=network_delay(), by=VISITOR)
    return render_desk("desk/staff/link_is_mailed.html")


@blueprint.get("/new-password/<token>")
def show_link(token: str) -> ResponseReturnValue:
    member_of(Purpose.STAFF_PASSWORD, token)
    return render_desk("desk/staff/new_password.html", form=PasswordForm())


@blueprint.post("/new-password/<token>")
def use_link(token: str) -> ResponseReturnValue:
    """Nobody is signed in by it."""
    member = member_of(Purpose.STAFF_PASSWORD, token)
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_desk("desk/staff/new_password.html", 422, form=form)
    chosen = hash_password(form.password.data)
    with transaction():
        choose_password(member, chosen, by=Actor(Role.STAFF, member.id))
    return render_desk("desk/staff/password_is_new.html")


@blueprint.errorhandler(InvalidToken)
def say_it_is_over(found: InvalidToken) -> ResponseReturnValue:
    """Used, too old, or one before the newest."""
    return render_desk("desk/staff/link_is_over.html", 410 if isinstance(found, ExpiredToken) else 404)


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
