"""What a member sees before the desk: an invitation, or the way into a demonstration."""

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_security import current_user, hash_password, login_user, logout_user
from flask_security.proxies import _security
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from actions.actors import Actor, Role
from actions.staff.access import FromElsewhere, NotAllowed, refuse_what_comes_from_elsewhere
from actions.staff.invitations import is_demonstration, member_of
from actions.staff.models import Staff
from actions.staff.operations import join, settle
from actions.staff.screens import render_desk
from actions.staff.sessions import PATH
from actions.staff.zones import is_zone, zones
from actions.tokens import Purpose
from actions.transaction import transaction

blueprint = Blueprint("staff", __name__, url_prefix=PATH)
LONGEST_NAME = 100


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF publishes no types
    password = PasswordField(
        "A password",
        [InputRequired("Choose a password.")],
        description="At least 12 characters. Three or four words that do not belong together do well.",
    )
    again = PasswordField(
        "The same password again",
        [EqualTo("password", "The two passwords are not the same. Enter the same one twice.")],
    )

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate(extra_validators):
            return False
        wrong, chosen = _security._password_util.validate(self.password.data, True)  # noqa: SLF001, FBT003  # Flask-Security's own way
        if wrong:
            self.password.errors = list(wrong)
            return False
        self.password.data = chosen
        return True


class JoinForm(PasswordForm):
    name = StringField(
        "Your name",
        [InputRequired("Enter your name. Others at the desk see it."), Length(max=LONGEST_NAME)],
        description="Others at the desk see it.",
    )


@blueprint.get("/join/<token>")
def show_invitation(token: str) -> ResponseReturnValue:
    member = member_of(Purpose.STAFF_INVITE, token)
    return _invitation(member, JoinForm(name=member.name))


@blueprint.post("/join/<token>")
def take_invitation(token: str) -> ResponseReturnValue:
    member = member_of(Purpose.STAFF_INVITE, token)
    form = JoinForm()
    if not form.validate_on_submit():
        return _invitation(member, form, 422)
    name, chosen, zone = form.name.data.strip(), hash_password(form.password.data), request.form.get("time_zone", "")
    by = Actor(Role.STAFF, member.id)
    with transaction():
        join(member, name=name, password_hash=chosen, by=by)
        if is_zone(zone):
            settle(member, language=member.language, time_zone=zone, by=by)
    return _enter(member)


@blueprint.get("/open/<token>")
def show_demonstration(token: str) -> ResponseReturnValue:
    _member_of_demonstration(token)
    return render_desk("desk/staff/open.html")


@blueprint.post("/open/<token>")
def open_demonstration(token: str) -> ResponseReturnValue:
    refuse_what_comes_from_elsewhere()
    member = _member_of_demonstration(token)
    with transaction():
        join(member, by=Actor(Role.STAFF, member.id))
    return _enter(member)


def _member_of_demonstration(token: str) -> Staff:
    if not is_demonstration():
        abort(404)
    return member_of(Purpose.DESK, token)


def _invitation(member: Staff, form: JoinForm, status: int = 200) -> ResponseReturnValue:
    return render_desk("desk/staff/join.html", status, form=form, member=member, zones=zones())


def _enter(member: Staff) -> ResponseReturnValue:
    """By the second factor, where there is one or must be one."""
    if current_user.is_authenticated:
        logout_user()
    enter = _security.two_factor_plugins.tf_enter
    asked: ResponseReturnValue | None = enter(member, remember_me=False, primary_authn_via="invitation", next_loc=None)
    if asked is not None:
        return asked
    with transaction():
        login_user(member, authn_via=["invitation"])
    return redirect(PATH, 303)


@blueprint.app_errorhandler(NotAllowed)
def say_not_allowed(refused: NotAllowed) -> ResponseReturnValue:
    return render_desk("desk/staff/not_allowed.html", 403, role=refused.role)


@blueprint.app_errorhandler(FromElsewhere)
def say_from_elsewhere(_: FromElsewhere) -> ResponseReturnValue:
    return render_desk("desk/staff/from_elsewhere.html", 403)
