"""Signing in, second factor, recovery codes and passwords: Flask-Security, on our sealed addresses and session rows."""

import io
from datetime import timedelta
from typing import Any, NoReturn

import qrcode
import qrcode.image.svg
from flask import Flask, abort
from flask_security import LoginForm, MailUtil, MfRecoveryCodesUtil, Security, SQLAlchemyUserDatastore, Totp
from flask_security.mail_util import EmailValidateException
from flask_security.signals import password_changed, tf_profile_changed, user_authenticated, user_failed_authn
from markupsafe import Markup
from passlib.totp import TotpMatch
from sqlalchemy import select

from actions import rate_limits
from actions.actors import Actor, Role
from actions.addresses import InvalidAddress, parse_address
from actions.config import Settings
from actions.encryption import derive, ring
from actions.extensions import db
from actions.staff import followers
from actions.staff.access import RECENT, WHILE_TYPING, stay_signed_in
from actions.staff.audit import note
from actions.staff.followers import Change
from actions.staff.models import Staff
from actions.staff.queries import with_address
from actions.staff.screens import desk_text
from actions.staff.sessions import PATH, RowSessions
from actions.transaction import transaction

TRIES_AGAIN = "There were too many tries. Wait five minutes, then try again."
RECOVERY = "recovery-code"
CHOSEN: dict[str, object] = {
    "URL_PREFIX": PATH,
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "LOGOUT_CSRF": True,
    "VERIFY_URL": "/again",
    "CHANGE_URL": "/password",
    "TWO_FACTOR_SETUP_URL": "/second-factor",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/code",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/recovery-codes",
    "MULTI_FACTOR_RECOVERY_URL": "/recovery",
    "TWO_FACTOR_RESCUE_URL": "/no-code",
    "TWO_FACTOR_SELECT_URL": "/which-factor",
    "POST_LOGIN_VIEW": PATH,
    "POST_LOGOUT_VIEW": f"{PATH}/sign-in",
    "POST_CHANGE_VIEW": f"{PATH}/account",
    "POST_VERIFY_VIEW": PATH,
    "TWO_FACTOR_POST_SETUP_VIEW": f"{PATH}/recovery-codes",
    "LOGIN_USER_TEMPLATE": "desk/staff/sign_in.html",
    "LOGOUT_USER_TEMPLATE": "desk/staff/sign_out.html",
    "VERIFY_TEMPLATE": "desk/staff/again.html",
    "CHANGE_PASSWORD_TEMPLATE": "desk/staff/password.html",
    "TWO_FACTOR_SETUP_TEMPLATE": "desk/staff/second_factor.html",
    "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "desk/staff/code.html",
    "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "desk/staff/recovery_codes.html",
    "MULTI_FACTOR_RECOVERY_TEMPLATE": "desk/staff/recovery.html",
    "STATIC_FOLDER": None,
    "CLI_USERS_NAME": "",
    "CLI_ROLES_NAME": "",
    "JOIN_USER_ROLES": False,
    "FLASH_MESSAGES": False,
    "RETURN_GENERIC_RESPONSES": True,
    "CHANGEABLE": True,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    "TWO_FACTOR": True,
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "TWO_FACTOR_ALWAYS_VALIDATE": True,
    # One step of 30 seconds to either side, for a telephone whose clock is off (W-06).
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "MULTI_FACTOR_RECOVERY_CODES_N": 8,
    # They lie in a sealed column, whose keys rotate; this only names what Flask-Security wants to encrypt them with.
    "TOTP_SECRETS": {"1": "sealed in its column"},
    "TOTP_ISSUER": "Clarion",
    "FRESHNESS": RECENT,
    "FRESHNESS_GRACE_PERIOD": WHILE_TYPING,
    # W-05, as OWASP's Password Storage Cheat Sheet has it.
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19 * 1024,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    "PASSWORD_LENGTH_MIN": 12,
    "PASSWORD_NORMALIZE_FORM": "NFKC",
    # It knows the common ones by heart and asks nobody.
    "PASSWORD_COMPLEXITY_CHECKER": "zxcvbn",
    "API_ENABLED_METHODS": ["session"],
    "MSG_GENERIC_AUTHN_FAILED": ("The address or the password is not right.", "error"),
    "MSG_INVALID_PASSWORD": ("This password is not right.", "error"),
    "MSG_PASSWORD_NOT_PROVIDED": ("Enter your password.", "error"),
    "MSG_PASSWORD_INVALID_LENGTH": ("Choose a longer password: at least %(length)s characters.", "error"),
    "MSG_PASSWORD_TOO_SIMPLE": (
        "This password is easy to guess. Three or four words that do not belong together do well.",
        "error",
    ),
    "MSG_RETYPE_PASSWORD_MISMATCH": ("The two passwords are not the same.", "error"),
    "MSG_PASSWORD_IS_THE_SAME": ("This is the password that you have. Choose another.", "error"),
    "MSG_TWO_FACTOR_INVALID_TOKEN": ("This code is not right, or it was used before. Enter the next one.", "error"),
    "MSG_INVALID_RECOVERY_CODE": ("This recovery code is not right, or it was used before.", "error"),
}


class Accounts(SQLAlchemyUserDatastore):
    """Finds a member by the blind index of their address."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Staff | None:  # noqa: ANN401, FBT001, FBT002  # Flask-Security's own signature
        ((name, value),) = kwargs.items()
        if name == "email":
            try:
                return with_address(parse_address(str(value)))
            except InvalidAddress:
                return None
        return db.session.scalars(select(Staff).where(getattr(Staff, name) == value)).one_or_none()

    def commit(self) -> None:
        """A view of Flask-Security's has flushed; the mail about it waits for its nudge."""
        with transaction():
            pass


class Addresses(MailUtil):
    """Flask-Security looks at an address as we do, and mails nobody: our own mails are deliveries, kept as rows."""

    def normalize(self, email: str) -> str:
        try:
            return parse_address(email).original
        except InvalidAddress as error:
            raise EmailValidateException("Enter an email address, such as rana@example.org.") from error


class SignIn(LoginForm):
    """So many tries of one network for one account, and a stranger elsewhere locks nobody out (W-07)."""

    def validate(self, **kwargs: Any) -> bool:  # noqa: ANN401  # as above
        account = ring.blind_index(str(self.email.data or "").strip().casefold(), "sign-in")
        if rate_limits.tries_too_often(account):
            self.form_errors = [TRIES_AGAIN]
            return False
        return bool(super().validate(**kwargs))


class OnceOnly(Totp):
    """Takes no code twice (W-06)."""

    def get_last_counter(self, user: Staff) -> int | None:
        return user.totp_counter

    def set_last_counter(self, user: Staff, tmatch: TotpMatch) -> None:
        user.totp_counter = tmatch.counter

    def generate_qrcode(self, username: str, totp: str) -> str:
        """As an element: the policy of our pages lets no picture come out of an address."""
        drawn = io.BytesIO()
        qrcode.make(self.get_totp_uri(username, totp), image_factory=qrcode.image.svg.SvgPathImage).save(drawn)
        return Markup(drawn.getvalue().decode().partition("?>")[2])  # noqa: S704  # drawn by the library from a secret of ours


class HashedCodes(MfRecoveryCodesUtil):
    """Only their keyed hashes are kept, so they are shown once."""

    def create_recovery_codes(self, user: Staff) -> list[str]:
        _note("took new recovery codes", user)
        _tell(user, "recovery_codes")
        return list(super().create_recovery_codes(user))

    def get_recovery_codes(self, user: Staff) -> list[str]:
        return []

    def check_recovery_code(self, user: Staff, code: str) -> bool:
        return self._place_of(user, code) is not None

    def delete_recovery_code(self, user: Staff, code: str) -> bool:
        place = self._place_of(user, code)
        if place is None:
            return False
        user.mf_recovery_codes = [kept for number, kept in enumerate(user.mf_recovery_codes) if number != place]
        return True

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [ring.blind_index(code, RECOVERY).hex() for code in codes]

    def _place_of(self, user: Staff, code: str) -> int | None:
        hashes = {known.hex() for known in ring.blind_indexes(code.strip().lower(), RECOVERY)}
        return next((place for place, kept in enumerate(user.mf_recovery_codes) if kept in hashes), None)


def install(app: Flask, settings: Settings) -> None:
    app.session_interface = RowSessions()
    newest, *older = (derive(secret, "desk").hex() for secret in settings.secret_keys)
    app.config.update(
        {f"SECURITY_{name}": value for name, value in CHOSEN.items()},
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        WTF_CSRF_TIME_LIMIT=int(timedelta(hours=12).total_seconds()),
    )
    Security(
        app,
        Accounts(db, Staff, None),
        login_form=SignIn,
        mail_util_cls=Addresses,
        totp_cls=OnceOnly,
        mf_recovery_codes_util_cls=HashedCodes,
        render_template=desk_text,
    )
    for unused in ("two_factor_rescue", "tf_select"):
        app.view_functions[f"security.{unused}"] = _not_here
    app.before_request(stay_signed_in)
    user_authenticated.connect(_signed_in, app)
    user_failed_authn.connect(_failed, app)
    password_changed.connect(_changed_password, app)
    tf_profile_changed.connect(_changed_factor, app)


def _not_here() -> NoReturn:
    """There is one second factor, and nobody is mailed a way around it."""
    abort(404)


def _note(action: str, user: Staff, **said: object) -> None:
    note(action, by=Actor(Role.STAFF, user.id), about=(Staff.__tablename__, user.id), after=said)


def _signed_in(_app: Flask, user: Staff, **_: object) -> None:
    _note("signed in", user)


def _failed(_app: Flask, user: Staff, auth_type: str, **_: object) -> None:
    with transaction():
        _note("could not sign in", user, by=auth_type)


def _changed_password(_app: Flask, user: Staff, **_: object) -> None:
    _note("changed the password", user)
    _tell(user, "password")


def _changed_factor(_app: Flask, user: Staff, method: str | None, **_: object) -> None:
    _note("changed the second factor", user, method=method)
    _tell(user, "second_factor" if method else "second_factor_off")


def _tell(user: Staff, change: Change) -> None:
    followers.tell(user, change, by=Actor(Role.STAFF, user.id))
