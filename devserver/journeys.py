"""`make run ONCE=1`: every journey of a supporter, a campaigner and a recipient, over HTTP and SMTP, as a table.

Each journey starts from nothing but the pages that everyone sees and the mail that reaches a mailbox.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devserver.environment import ROOT
from devserver.visitor import Answer, JourneyFailed, Mail, Visitor, forms_in, mails_to, wait_for_mail

HISTORICAL = "mu-sochua"
URGENT = "ilen-varo"
WAITED_FOR = 30.0


@dataclass(frozen=True)
class Stage:
    """Where the journeys are played: the address of a running demonstration, and the environment of its commands."""

    base_url: str
    environment: dict[str, str]

    def visitor(self, **details: str) -> Visitor:
        return Visitor(self.base_url, **details)

    def command(self, *words: str) -> str:
        """A command of `flask --app wsgi`; what it printed."""
        ran = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if ran.returncode != 0:
            raise JourneyFailed(f"`flask {' '.join(words[:2])}` ended with {ran.returncode}: {ran.stderr[-400:]}")
        return ran.stdout


Journey = Callable[[Stage], str]


def join(stage: Stage) -> str:
    """Join the list: form, mail, button, welcome."""
    ann = stage.visitor()
    ann.submit(ann.open("/join"), "/join").must_say("Check your email")
    ann.confirm().must_say("You are on the list")
    ann.mail(lambda mail: bool(mail_link(mail, "/u/")), "welcome")
    return "on the list, and welcomed"


def sign(stage: Stage) -> str:
    """Sign the petition of the historical page, from the United States."""
    ann = stage.visitor()
    page = ann.open(f"/a/{HISTORICAL}").must_say("22 July 2014")
    ann.submit(page, f"/a/{HISTORICAL}/sign").must_say("Check your email")
    ann.confirm().must_say("Your name counts")
    return "counted, and thanked"


def sign_then_write(stage: Stage) -> str:
    """Sign from Germany, then write without a second mail; the office gets the letter, its writer a receipt."""
    ben = stage.visitor(first_name="Ben", country="DE")
    ben.submit(ben.open(f"/a/{URGENT}"), f"/a/{URGENT}/sign")
    thanks = ben.confirm().must_say("Your name counts")
    preview = ben.submit(thanks, f"/a/{URGENT}/write", by="email", body="I ask you to let Ilen Varo go home.")
    _press_letter(ben, preview)
    _letter_arrives(stage, ben, "I ask you to let Ilen Varo go home.")
    confirmations = [mail for mail in mails_to(stage.base_url, ben.email) if mail_link(mail, "/c/")]
    if len(confirmations) != 1:
        raise JourneyFailed(f"one confirmation was enough, {len(confirmations)} came")
    return "one confirmation for both, letter and receipt arrived"


def write_by_email(stage: Stage) -> str:
    """Write to the ambassador by email; the reply would reach the writer."""
    eva = stage.visitor(first_name="Eva", country="FR")
    page = eva.open(f"/a/{URGENT}/write")
    eva.submit(page, f"/a/{URGENT}/write", by="email", name_shown="full", body="Please free Ilen Varo.").must_say(
        "Check your email"
    )
    link = eva.mail(lambda mail: bool(mail_link(mail, "/c/")), "confirmation").link("/c/")
    _press_letter(eva, eva.open(link))
    letter = _letter_arrives(stage, eva, "Please free Ilen Varo.")
    if eva.email not in letter.headers.get("Reply-To", [""])[0]:
        raise JourneyFailed("the letter's Reply-To is not its writer")
    if eva.email in letter.headers["From"][0]:
        raise JourneyFailed("the letter's From must be ours, not its writer's")
    return "arrived as confirmed, answers go to the writer"


def write_by_post(stage: Stage) -> str:
    """Print a letter to Ambassador Hem Heng, and say that it was posted."""
    kim = stage.visitor(first_name="Kim", country="DE")
    page = kim.open(f"/a/{HISTORICAL}/write")
    printed = kim.submit(page, f"/a/{HISTORICAL}/write", by="post", email="", body="Please see that justice is done.")
    pdf = kim.submit(printed, f"/a/{HISTORICAL}/letter.pdf")
    if pdf.status != 200 or not pdf.body.startswith(b"%PDF"):  # noqa: PLR2004  # OK
        raise JourneyFailed(f"the letter should be a PDF, but {pdf.url} answered {pdf.status}")
    kim.submit(printed, f"/a/{HISTORICAL}/posted").must_say("Your letter is counted")
    return f"a PDF of {len(pdf.body) // 1024} kB, and counted as posted"


def alert_act_undo(stage: Stage) -> str:
    """A campaigner sends an alert; a recipient acts in one press and takes it back; a friend cannot act as them."""
    ann = stage.visitor(first_name="Mira")
    ann.submit(ann.open("/join"), "/join")
    ann.confirm()
    _send_alert(stage)
    alert = ann.mail(lambda mail: bool(mail_link(mail, "/t/")), "alert")
    link = alert.link("/t/")
    shown = ann.open(link).must_say("M***")
    if "Mira" in shown.text:
        raise JourneyFailed("the act link shows the whole name to whoever opens it")
    _one_press(ann, shown, link).must_say("Your signature counts")
    receipt = ann.mail(lambda mail: bool(mail_link(mail, "/undo/")), "receipt")
    ann.press(receipt.link("/undo/")).must_say("It is taken back")
    return "acted in one press, receipt, undone"


def forwarded_alert(stage: Stage) -> str:
    """A friend opens a forwarded alert: a masked name, and a way to the page for everyone."""
    ann = stage.visitor(first_name="Olga")
    ann.submit(ann.open("/join"), "/join")
    ann.confirm()
    _send_alert(stage)
    alert = ann.mail(lambda mail: bool(mail_link(mail, "/t/")), "alert")
    friend = stage.visitor(first_name="Friend")
    page = friend.open(alert.link("/t/")).must_say("O***")
    if f"/a/{URGENT}" not in page.text:
        raise JourneyFailed("a friend finds no way to the page for everyone")
    settings = friend.open(alert.link("/p/"))
    if "my-data" in settings.text or "Olga" in settings.text:
        raise JourneyFailed("a forwarded mailing's preferences link shows its owner's data")
    return "name masked, own way offered, data hidden"


def update(stage: Stage) -> str:
    """A campaigner publishes a partial outcome; those who acted and want news get it by mail."""
    ann = stage.visitor(first_name="Nora")
    ann.submit(ann.open(f"/a/{URGENT}"), f"/a/{URGENT}/sign", news="y")
    ann.confirm()
    stage.command(
        "pages",
        "update",
        URGENT,
        "--outcome",
        "partial",
        "--body",
        "actions/demo/updates/update.en.md",
        "--words",
        "actions/demo/updates/update-partial.yaml",
        "--mail",
    )
    news = ann.mail(lambda mail: bool(mail_link(mail, "/u/")) and "List-Unsubscribe" in mail.headers, "update")
    if "banner" not in ann.open(f"/a/{URGENT}").text:
        raise JourneyFailed("the page shows no banner with its update")
    return f"banner at once, mail “{news.subject}”"


def unsubscribe(stage: Stage) -> str:
    """Leave a list with the one-click POST of RFC 8058; opening the link alone changes nothing."""
    ann, stays = stage.visitor(first_name="Uma"), stage.visitor(first_name="Vera")
    for person in (ann, stays):
        person.submit(person.open("/join"), "/join")
        person.confirm()
    _send_alert(stage)
    alert = ann.mail(lambda mail: "List-Unsubscribe" in mail.headers, "alert")
    link = alert.headers["List-Unsubscribe"][0].strip("<>")
    ann.open(link)
    left = ann.post(link, {"List-Unsubscribe": "One-Click"})
    if left.status != 200 or urlsplit(left.url).path != urlsplit(link).path:  # noqa: PLR2004  # OK
        raise JourneyFailed(f"one-click unsubscribe answered {left.status} at {left.url}")
    before = len(mails_to(stage.base_url, ann.email))
    sent = _send_alert(stage)
    _until_sent(stage, sent)
    if len(mails_to(stage.base_url, ann.email)) != before:
        raise JourneyFailed("a mailing went to somebody who had left")
    return "left at once, next alert passed by"


def fresh_link_erase(stage: Stage) -> str:
    """Ask for a fresh link, see what one did, download it, have all of it erased."""
    ann = stage.visitor(first_name="Zoe")
    ann.submit(ann.open(f"/a/{HISTORICAL}"), f"/a/{HISTORICAL}/sign")
    ann.confirm()
    ann.submit(ann.open("/p"), "/p")
    link = ann.mail(lambda mail: bool(mail_link(mail, "/p/")), "fresh link").link("/p/")
    path = urlsplit(link).path
    mine = ann.open(link).must_say("my-data.json")
    ann.open(f"{path}/my-data.json").must_say("Zoe")
    asked = ann.submit(mine, path, {"do": "erase"})
    ann.submit(asked, path, {"do": "erase-for-good"}).must_say("erased")
    if ann.open(link).status != 410:  # noqa: PLR2004  # Gone
        raise JourneyFailed("the link still opens after the erasure")
    return "downloaded, erased, link dead"


JOURNEYS: tuple[Journey, ...] = (
    join,
    sign,
    sign_then_write,
    write_by_email,
    write_by_post,
    alert_act_undo,
    forwarded_alert,
    unsubscribe,
    fresh_link_erase,
    update,
)


def mail_link(mail: Mail, path: str) -> str:
    return next((link for link in mail.links if urlsplit(link).path.startswith(path)), "")


def _press_letter(writer: Visitor, preview: Answer) -> Answer:
    """The button under the letter, on the page that shows it as it will go."""
    return writer.submit(preview, urlsplit(preview.url).path).must_say("Your letter is on its way")


def _one_press(visitor: Visitor, page: Answer, link: str) -> Answer:
    """Press the first button of an alert's page, with the fields that it still asks for."""
    path = urlsplit(link).path
    for action, fields in forms_in(page.text):
        if urlsplit(action).path == path and fields.get("do", "sign") == "sign":
            missing = {name: value for name, value in visitor.details.items() if name in fields and name != "email"}
            return visitor.post(action, {**fields, **missing})
    raise JourneyFailed(f"{page.url} has no button to act")


def _letter_arrives(stage: Stage, writer: Visitor, words: str) -> Mail:
    """At the target's own mailbox; and its writer gets a receipt."""
    letter = wait_for_mail(stage.base_url, _target_address(), lambda mail: words in mail.text, "letter")
    writer.mail(lambda mail: words in mail.text, "receipt")
    return letter


def _target_address() -> str:
    """Of the urgent page's target, from the demonstration's own data."""
    found = re.search(r"^  email: (\S+@\S+)$", (ROOT / "actions/demo/targets.yaml").read_text(), re.MULTILINE)
    if found is None:
        raise JourneyFailed("no target of the demonstration takes letters by email")
    return found[1]


def _send_alert(stage: Stage) -> str:
    """The id of a new mailing to the list."""
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "alert.md"
        body.write_text((ROOT / "actions/demo/alerts/alert.en.md").read_text())
        said = stage.command(
            "mailings",
            "send",
            "--list",
            "updates",
            "--subject",
            f"Ilen Varo needs you {time.time_ns()}",
            "--body",
            str(body),
            "--page",
            URGENT,
            "--yes",
        )
    found = re.search(r"[Mm]ailing (\d+)", said)
    if found is None:
        raise JourneyFailed(f"`mailings send` named no mailing: {said[-300:]}")
    return found[1]


def _until_sent(stage: Stage, mailing: str) -> None:
    deadline = time.monotonic() + WAITED_FOR
    while time.monotonic() < deadline:
        if '"sent"' in stage.command("mailings", "status", mailing, "--json"):
            return
        time.sleep(1)
    raise JourneyFailed(f"mailing {mailing} was not sent within {WAITED_FOR:.0f} seconds")


def play(stage: Stage, journeys: tuple[Journey, ...] = JOURNEYS) -> list[tuple[str, bool, str, float]]:
    """(what, whether it went well, what came of it, seconds) of each."""
    results = []
    for journey in journeys:
        began = time.monotonic()
        try:
            outcome, well = journey(stage), True
        except (JourneyFailed, OSError, subprocess.SubprocessError) as failed:
            outcome, well = str(failed), False
        results.append((journey.__name__.replace("_", " "), well, outcome, time.monotonic() - began))
    return results


def main() -> None:
    stage = Stage(os.environ["BASE_URL"], dict(os.environ))
    results = play(stage)
    print(f"{'journey':<18} {'':<6} {'seconds':>7}  what came of it")
    for name, well, outcome, seconds in results:
        print(f"{name:<18} {'well' if well else 'FAILED':<6} {seconds:>7.1f}  {outcome}")
    sys.exit(0 if all(well for _, well, _, _ in results) else 1)


if __name__ == "__main__":
    main()
