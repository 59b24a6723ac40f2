"""People who have been on the stage, and the addresses that their mails and acts gave them."""

import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.tokens import Purpose, Tokens
from devserver.environment import ROOT
from devserver.journeys import HISTORICAL, URGENT
from devserver.visitor import Answer, Mail, Visitor, forms_in, mails_to
from tests.factories.stage import RunningStage

ENDED = "the-lake-road"
# The demonstration's letter that goes by rule.
BY_RULE = "radio-lark"
# From Germany one writes to two, from anywhere else to nobody.
RULED = "the-three-wells"
DEMO = ROOT / "actions/demo"
WON = {"en": "She is free", "km": "នាងមានសេរីភាពហើយ", "ar": "صارت حرّة"}


@dataclass(frozen=True)
class Cast:
    """Where each page of a person is: paths that begin with a slash."""

    paths: dict[str, str]
    people: tuple[Visitor, ...]

    def mails(self, base_url: str) -> list[Mail]:
        return [mail for person in self.people for mail in mails_to(base_url, person.email)]


def gather_cast(stage: RunningStage) -> Cast:
    end_a_page(stage)
    open_a_page_with_rules(stage)
    pia, sam = stage.visitor(first_name="Pia"), stage.visitor(first_name="Sam")
    for person in (pia, sam):
        person.submit(person.open("/join"), "/join")
        person.confirm()
    send_alert(stage)
    act, leave, settings = (path_in(pia, way, "/t/") for way in ("/t/", "/u/", "/p/"))
    acted = path_in(sam, "/t/", "/t/")
    sam.submit(sam.open(acted), acted, country="DE", last_name="Example", first_name="Sam")
    rose = stage.visitor(first_name="Rose")
    rose.submit(rose.open(f"/a/{HISTORICAL}"), f"/a/{HISTORICAL}/sign", news="y")
    thanks = rose.confirm().url.removeprefix(stage.base_url)
    paths = {
        "act": act,
        "acted": acted,
        "unsubscribe": leave,
        "preferences": settings,
        "undo": path_in(sam, "/undo/", "/undo/"),
        "thanks": thanks,
        "my data": _fresh_link(rose),
    }
    quin = stage.visitor(first_name="Quin")
    _ask_for_everything(quin)
    paths["confirm"] = path_in(quin, "/c/", "/c/")
    lou, kay = stage.visitor(first_name="Lou"), stage.visitor(first_name="Kay")
    for person in (lou, kay):
        _write_to_several(person)
    paths["confirm several"] = path_in(lou, "/c/", "/c/")
    paths["several on their way"] = _send_all(kay, path_in(kay, "/c/", "/c/")).url.removeprefix(stage.base_url)
    paths["my letters"] = _fresh_link(kay)
    paths |= {"asked": ask_about_a_letter(stage, URGENT, ""), "answered": ask_about_a_letter(stage, HISTORICAL, "yes")}
    return Cast(paths, (pia, sam, rose, quin, lou, kay))


def path_in(person: Visitor, way: str, mail_with: str) -> str:
    """Of the first link that begins so, in a mail that has one which begins with `mail_with`."""
    mail = person.mail(lambda one: any(f"{mail_with}" in link for link in one.links), f"mail with {mail_with}")
    return mail.link(way).removeprefix(person.base_url)


def send_alert(stage: RunningStage) -> None:
    """A new one each time: the same words to the same list would be the same mailing."""
    subject = f"Ilen Varo needs you today ({secrets.token_hex(2)})"
    about = ("--list", "updates", "--subject", subject, "--body", str(DEMO / "alerts/alert.en.md"), "--page", URGENT)
    stage.command("mailings", "send", *about, "--yes")


def ask_about_a_letter(stage: RunningStage, slug: str, said: str) -> str:
    """As if whoever signed last had written two weeks ago; the clock of a stage stands for everybody on it."""
    signer = "SELECT supporter_id FROM signatures WHERE state = 'counted' ORDER BY id DESC LIMIT 1"
    both = f"SELECT id AS page_id, ({signer}) AS supporter_id FROM pages WHERE slug = '{slug}'"  # noqa: S608  # our own words
    said_of = f"SELECT page_id, supporter_id, now(), nullif('{said}', '') FROM ({both}) b"  # noqa: S608  # as above
    ask = f"INSERT INTO questions (page_id, supporter_id, asked_at, said) {said_of} RETURNING id"
    ((question_id,),) = stage.rows(ask)
    wrote = {
        "page_id": "page_id",
        "supporter_id": "supporter_id",
        "target_id": "t.id",
        "state": "'sent'",
        "page_version": "1",
        "language": "'en'",
        "name_shown": "'full'",
        "ticked": "'[]'",
        "tallied": "true",
        "untold": "false",
        "bundled": "false",
        "created_at": "now()",
        "ended_at": "now() - interval '15 days'",
    }
    chosen = f"SELECT {', '.join(wrote.values())} FROM ({both}) b, targets t ORDER BY t.id LIMIT 1"  # noqa: S608  # as above
    stage.rows(f"INSERT INTO letters ({', '.join(wrote)}) {chosen} RETURNING id")
    tokens = Tokens()
    tokens.bind(stage.environment["SECRET_KEYS"].split(","))
    return f"/answer/{tokens.sign(Purpose.ANSWER, str(question_id))}"


def end_a_page(stage: RunningStage) -> None:
    """A page that was open, and is won."""
    with tempfile.TemporaryDirectory() as folder:
        page, words = Path(folder) / "page.yaml", Path(folder) / "words.yaml"
        page.write_text(yaml.safe_dump(_another_page(), allow_unicode=True), encoding="utf-8")
        told = {language: {"headline": headline} for language, headline in WON.items()}
        words.write_text(yaml.safe_dump({"wordings": told}, allow_unicode=True), encoding="utf-8")
        stage.command("pages", "load", str(page))
        stage.command("pages", "open", ENDED)
        news = ("--body", str(DEMO / "updates/update.en.md"), "--words", str(words))
        stage.command("pages", "update", ENDED, "--outcome", "won", *news)


def open_a_page_with_rules(stage: RunningStage) -> None:
    names = ("ambassador-oda-merrin", "ambassador-hem-heng")
    rules = [{"target": name, "rule": "countries", "countries": ["DE"]} for name in names]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.yaml"
        page.write_text(yaml.safe_dump(_another_page(RULED) | {"targets": rules}, allow_unicode=True), encoding="utf-8")
        stage.command("pages", "load", str(page))
        stage.command("pages", "open", RULED)


def _another_page(slug: str = ENDED) -> dict[str, Any]:
    page: dict[str, Any] = yaml.safe_load((DEMO / f"pages/{URGENT}.yaml").read_text(encoding="utf-8"))
    return page | {"slug": slug, "number": "UA 1/26", "position": 3}


def _ask_for_everything(quin: Visitor) -> None:
    """One mail, one link, three things that wait."""
    quin.submit(quin.open("/join"), "/join")
    quin.submit(quin.open(f"/a/{URGENT}"), f"/a/{URGENT}/sign", comment="Let her go home.")
    quin.submit(quin.open(f"/a/{URGENT}/write"), f"/a/{URGENT}/write", by="email")


def _write_to_several(person: Visitor) -> None:
    """To the embassy in Berlin, in German, and to the council, in English; the gap is filled in both."""
    path = f"/a/{BY_RULE}/write"
    page = person.open(f"{path}?country=DE&letter=de")
    ((_, fields),) = [form for form in forms_in(page.text) if form[0] == path]
    filled = {name: re.sub(r"\[.*?\]", "it matters", typed) for name, typed in fields.items()}
    filled |= person.details | {"country": "DE", "by": "email"}
    both = [("target", target) for target in fields["seen"].split()]
    person.post(path, [*((name, typed) for name, typed in filled.items() if name != "target"), *both])


def _send_all(person: Visitor, link: str) -> Answer:
    """As a browser sends boxes that share their name."""
    page = person.open(link)
    items = re.findall(r'name="item" id="send-\d+" value="(\d+)"', page.text)
    ((_, fields),) = [form for form in forms_in(page.text) if "item" in form[1]]
    rest = {name: value for name, value in fields.items() if name != "item"}
    return person.post(link, [("item", item) for item in items] + list(rest.items()))


def _fresh_link(person: Visitor) -> str:
    known = len([mail for mail in mails_to(person.base_url, person.email) if any("/p/" in one for one in mail.links)])
    person.submit(person.open("/p"), "/p")
    mail = person.mail(lambda one: any("/p/" in link for link in one.links), "fresh link", after=known)
    return mail.link("/p/").removeprefix(person.base_url)
