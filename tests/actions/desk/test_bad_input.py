"""What nobody should type, in every form of the desk: nothing breaks, nothing runs, and the words are kept."""

import re
from collections.abc import Iterator, Sequence

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.staff.roles import StaffRole
from tests.factories.desk_rows import Rows, full_screens
from tests.factories.staff import make_staff, sign_in
from tests.factories.typed import TypedForm, forms_in, shown_in

WORD = "candle"
SCRIPT = (
    '"\'><script>window.ran=1</script><img src=x onerror="window.ran=1">'
    "</textarea>{{31337*3}}{% raise %}\u202eesrever candle \U0001f56f\ufe0f\u0301"
)
COUNTED_OUT = "94011"
# A field may hold less than was typed.
BEGINNING = 100
# A number or a word that shows that one has thought: it is typed anew.
AGREEING = {"typed", "word"}
NUL = f"be\x00fore {WORD} after\x0b\x1b[31m"
LONG = f"{WORD} " * 15_000
# What a form may have in all.
MOST = 900_000
PUBLIC = ("/", "/join", "/p", "/archive")


@pytest.fixture
def screens(app: Flask, client: FlaskClient) -> list[str]:
    """Signed in, with rows on each."""
    member = make_staff(StaffRole.ADMIN)
    sign_in(client, member)
    return [screen.path for screen in full_screens(Rows(member))]


@pytest.mark.parametrize(
    "typed",
    [SCRIPT, pytest.param(NUL, marks=pytest.mark.thorough), pytest.param(LONG, marks=pytest.mark.thorough)],
    ids=["script", "nul", "long"],
)
def test_no_text_of_any_form_breaks_a_screen_or_runs_on_one(
    client: FlaskClient, screens: list[str], typed: str
) -> None:
    wrong: list[str] = []
    posted: set[str] = set()
    for path, form in forms(client, screens):
        if as_rule(form) in posted:
            continue
        posted.add(as_rule(form))
        answer = client.post(
            form.action, data=form.sent_with(**dict.fromkeys(form.typed, typed[: MOST // len(form.typed)]))
        )
        found = refused_badly(answer.status_code, answer.text, form, typed)
        wrong += [f"{path} -> {form.action}: {one}" for one in found]
    assert len(posted) > 30
    wrong += [one for path in [*screens, *PUBLIC] for one in broken_at(client, path)]
    assert wrong == []


def forms(client: FlaskClient, screens: list[str]) -> Iterator[tuple[str, TypedForm]]:
    for path in screens:
        answer = client.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            yield from ((path, form) for form in forms_in(answer.text, path) if form.typed)


def as_rule(form: TypedForm) -> str:
    """One of each kind: the same for every row and block."""
    return re.sub(r"\d+", "0", f"{form.action} {sorted(set(form.typed))}")


def refused_badly(status: int, html: str, form: TypedForm, typed: str) -> list[str]:
    if status >= 500:
        return [f"answered {status}"]
    if status != 422:
        return runs_in(html) if html else []
    lost = [name for name in set(form.typed) - AGREEING if not is_kept(name, typed, shown_in(html, name))]
    return ([f"lost what was typed into {lost}"] if lost else []) + runs_in(html)


def is_kept(name: str, typed: str, shown: Sequence[str]) -> bool:
    """A story is shown as what it was read as: its words are there, and no markup that it may not have."""
    if name.endswith("-html"):
        return any(WORD in one for one in shown)
    # A row of an audience for which nothing was chosen is no row.
    return name.startswith("value-") or any(plain(one).startswith(plain(typed)[:BEGINNING]) for one in shown)


def plain(text: str) -> str:
    """As it may be kept: without what no text holds, on one line."""
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1f]", "", text).split())


def broken_at(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    if answer.status_code >= 500:
        return [f"{path}: answered {answer.status_code}"]
    return [f"{path}: {one}" for one in runs_in(answer.text)] if answer.mimetype == "text/html" else []


def runs_in(html: str) -> list[str]:
    """Whatever a browser would run, its policy aside."""
    page = lxml.html.fromstring(html)
    found = [f"a script: {one.text}" for one in page.iter("script") if one.get("src") is None]
    found += [f"a handler: {name}" for name in page.xpath("//@*[starts-with(name(), 'on')]")]
    found += [
        f"a link that runs: {link}" for link in page.xpath("//@href") if link.strip().lower().startswith("javascript")
    ]
    return found + ([f"{COUNTED_OUT} was computed"] if COUNTED_OUT in html else [])
