"""Every public route declares what protects it; GET changes nothing, and no answer sets a cookie."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from actions.app import create_app
from actions.blueprints import BLUEPRINTS
from actions.staff.access import ROLE
from actions.staff.sessions import is_desk
from tests.conftest import settings_for
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.structure.tree import ROOT, Module, modules

SAFE = {"GET", "HEAD", "OPTIONS"}
# Anybody may read these; they change nothing.
OPEN = {
    "/",
    "/a/<slug>",
    "/a/<slug>/sign",
    "/a/<slug>/thanks",
    "/a/<slug>/write",
    "/archive",
    "/archive/<int:mailing_id>",
    "/health",
    "/join",
    "/join/thanks",
    "/look-<colour>.css",
    "/media/<name>",
    "/p",
}
# Demonstration only: the rules exist where the mail catcher is our own.
DEMONSTRATION = {
    "/mailbox",
    "/mailbox.json",
    "/mailbox/<mail_id>",
    "/mailbox/<mail_id>.eml",
    "/mailbox/<mail_id>.html",
}
# A form that we made: it carries our signed stamp, and without it nothing is done.
STAMPED = {
    "/a/<slug>/letter.pdf",
    "/a/<slug>/posted",
    "/a/<slug>/sign",
    "/a/<slug>/write",
    "/c/again",
    "/join",
    "/p",
}
# The link in a mail is the proof; there is no cookie, so nothing that another site could ride on.
BY_TOKEN = {
    "/a/<slug>/posted",
    "/a/<slug>/self-sent",
    "/answer/<token>",
    "/c/<token>",
    "/p/<token>",
    "/p/<token>/my-data.<ending>",
    "/t/<token>",
    "/u/<token>",
    "/undo/<token>",
}


# Before anybody is signed in: each asks for a password, a code, or a link of ours, and for the token of its form.
SIGNING_IN = {
    "/desk/again",
    "/desk/code",
    "/desk/forgotten",
    "/desk/join/<token>",
    "/desk/new-password/<token>",
    "/desk/no-code",
    "/desk/open/<token>",
    "/desk/password",
    "/desk/recovery",
    "/desk/recovery-codes",
    "/desk/second-factor",
    "/desk/second-factor/<token>",
    "/desk/sign-in",
    "/desk/sign-out",
    "/desk/which-factor",
}


@pytest.fixture(scope="module")
def unserved(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app as a demonstration has it, with no server behind it."""
    folder: Path = tmp_path_factory.mktemp("unserved")
    urls = ("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1")
    return create_app(settings_for(*urls, folder, mailbox_dir=folder))


def rules(app: Flask) -> list[Rule]:
    """The public ones; the desk's have a guard of their own."""
    return [rule for rule in app.url_map.iter_rules() if not is_desk(rule.rule)]


def desk_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if is_desk(rule.rule)]


def methods_of(rule: Rule) -> set[str]:
    return set(rule.methods or ())


@pytest.mark.requirement("W-01")
def test_every_route_that_acts_declares_its_protection(unserved: Flask) -> None:
    acting = {rule.rule for rule in rules(unserved) if methods_of(rule) - SAFE}
    assert acting - STAMPED - BY_TOKEN == set(), "say in this file what protects the new route"


def test_every_route_that_shows_declares_who_may_look(unserved: Flask) -> None:
    showing = {rule.rule for rule in rules(unserved) if methods_of(rule) & {"GET"}}
    assert showing - OPEN - BY_TOKEN - DEMONSTRATION == set(), "say in this file who may look at the new route"


def test_a_declared_route_exists(unserved: Flask) -> None:
    there = {rule.rule for rule in rules(unserved)}
    assert (OPEN | STAMPED | BY_TOKEN | DEMONSTRATION) - there == set()


def test_a_route_takes_get_or_post_and_nothing_else(unserved: Flask) -> None:
    assert {method for rule in rules(unserved) for method in methods_of(rule)} <= {*SAFE, "POST"}


def test_no_view_both_shows_and_acts(unserved: Flask) -> None:
    both = [rule.rule for rule in rules(unserved) if {"GET", "POST"} <= methods_of(rule)]
    assert both == []


@pytest.mark.requirement("C-05", "B-42")
def test_a_view_for_get_never_opens_a_transaction(unserved: Flask) -> None:
    """By the syntax tree: neither the view nor a function of its module that it calls names `transaction`."""
    changing = [
        f"{rule.endpoint}: {function}"
        for rule in unserved.url_map.iter_rules()
        if methods_of(rule) <= SAFE
        for function in reached_with_transaction(unserved, rule)
    ]
    assert changing == []


def reached_with_transaction(app: Flask, rule: Rule) -> Iterator[str]:
    view = app.view_functions[rule.endpoint]
    module = Module(ROOT / f"{view.__module__.replace('.', '/')}.py")
    if not module.path.is_file():
        return
    functions = {function.name: function for function in module.functions()}
    wanted, seen = [view.__name__], set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        named = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        if "transaction" in named:
            yield name
        wanted.extend(named & set(functions))


def test_operations_are_called_inside_a_transaction_only_by_edges() -> None:
    """Operations flush and never commit: a view, a task or a command does (habit 5)."""
    committing = [
        f"{module.name}:{node.lineno}"
        for module in modules("actions")
        if module.name != "actions/transaction.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert committing == []
    opening = [
        module.name
        for module in modules("actions")
        if module.path.name in {"operations.py", "queries.py", "forms.py", "models.py"}
        and "actions.transaction" in module.text
    ]
    assert opening == []


def test_queries_read_and_never_write() -> None:
    writing = [
        f"{module.name}:{node.lineno} {node.attr}"
        for module in modules("actions")
        if module.path.name == "queries.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"add", "add_all", "flush", "delete", "insert", "update"}
        if not (isinstance(node.value, ast.Name) and node.value.id not in {"session", "db"})
    ]
    assert writing == []


@pytest.mark.requirement("W-08")
def test_every_view_of_the_desk_names_a_role_or_lets_somebody_in(unserved: Flask) -> None:
    open_to_all = {
        rule.rule for rule in desk_rules(unserved) if not hasattr(unserved.view_functions[rule.endpoint], ROLE)
    }
    assert open_to_all == SIGNING_IN, "every other view needs @allowed"


@pytest.mark.requirement("W-03")
def test_only_the_desk_knows_a_session_or_a_cookie() -> None:
    knowing = [
        module.name
        for module in modules("actions")
        if "set_cookie" in module.text or any("session" in names for names in names_from_flask(module))
    ]
    assert knowing == ["actions/staff/access.py", "actions/staff/sessions.py", "actions/staff/unsaved.py"]


def names_from_flask(module: Module) -> Iterator[set[str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "flask":
            yield {name.name for name in node.names}


def test_every_blueprint_is_registered(unserved: Flask) -> None:
    """A room's views that nobody registered would answer 404 and say nothing."""
    named = {view.__module__ for view in unserved.view_functions.values()} | {one.import_name for one in BLUEPRINTS}
    registered = {f"{name.replace('.', '/')}.py" for name in named}
    written = {
        module.name
        for module in modules("actions")
        if any(
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and (is_named(node.value.func, "Blueprint") or is_named(node.value.func, "desk_blueprint"))
            for node in module.tree.body
        )
    }
    # The mailbox is there only where the catcher is our own.
    assert written - registered == set()


def is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


@pytest.mark.requirement("W-17")
def test_the_mailbox_is_not_there_where_mail_really_leaves(tmp_path: Path) -> None:
    urls = ("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1")
    for changes in ({}, {"mailbox_dir": tmp_path, "smtp_url": "smtp://mail.open-door.test:25"}):
        app = create_app(settings_for(*urls, tmp_path, **changes))
        assert not [rule for rule in rules(app) if rule.rule.startswith("/mailbox")]


def filled(rule: Rule) -> str:
    return rule.rule.replace("<slug>", "free-her").replace("<token>", "forged.token").replace("<ending>", "json")


@pytest.mark.requirement("W-01")
def test_no_form_is_taken_without_its_stamp_and_no_link_that_we_did_not_make(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    make_page(targets=[make_target()])
    for rule in rules(app):
        if methods_of(rule) - SAFE:
            answer = client.post(filled(rule), data={"email": "ann@example.org"})
            assert 400 <= answer.status_code < 500, rule.rule


@pytest.mark.requirement("W-02", "W-03")
def test_every_answer_has_the_headers_and_none_sets_a_cookie(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    make_page(targets=[make_target()])
    for rule in rules(app):
        for method in methods_of(rule):
            answer = client.open(filled(rule).replace("<name>", "x").replace("<mail_id>", "1"), method=method)
            assert "Set-Cookie" not in answer.headers, (rule.rule, method)
            assert "Cookie" not in answer.vary, (rule.rule, method)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], (rule.rule, method)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
            assert "Server" not in answer.headers


@pytest.mark.requirement("C-06")
def test_a_page_behind_a_personal_link_is_kept_nowhere(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    for rule in rules(app):
        if rule.rule in BY_TOKEN:
            answer = client.open(filled(rule), method=next(iter(methods_of(rule) & {"GET", "POST"})))
            assert answer.headers["Cache-Control"] == "no-store", rule.rule
            assert answer.headers["X-Robots-Tag"] == "noindex", rule.rule
