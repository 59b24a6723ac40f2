"""`kill -9` at each step of a bundle: its file is whole, each letter is in it once, and each writer is told once."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from devserver.environment import ROOT
from tests.factories.bundles import writers
from tests.factories.campaigner import Campaigner, at_the_desk_of
from tests.factories.house import House, until

LETTERS = 450
HOME = "/desk/letters/bundles"
SWEEP = ("workers.bundles.sweep",)
SECONDS = 120.0
pytestmark = [pytest.mark.thorough, pytest.mark.requirement("O-02", "L-10")]
# Step of the making -> the table that is then written, and what is written there.
STEPS = {
    "taking": ("letter_events", "NEW.after = 'released'"),
    "the first letters": ("bundle_parts", "NEW.number = 0"),
    "later letters": ("bundle_parts", "NEW.number = 1"),
    "the list of writers": ("bundle_parts", "NEW.layout->>'kind' = 'contents'"),
    "the cover": ("bundle_parts", "NEW.layout->>'kind' = 'cover'"),
    "the end": ("bundles", "NEW.state = 'made'"),
}
TELLING = {
    "the first writers": ("deliveries", "NEW.kind = 'letter_handed_over'"),
    "later writers": ("bundles", "NEW.told = 400"),
    "the end": ("bundles", "NEW.told_after_id IS NULL AND OLD.told_after_id IS NOT NULL"),
}
# A number that no lock of ours has.
HELD = 4_711
HOLD = f"""CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock({HELD}); RETURN NEW; END';
    CREATE TRIGGER hold BEFORE INSERT OR UPDATE ON {{table}} FOR EACH ROW WHEN ({{when}}) EXECUTE FUNCTION hold()"""


@pytest.fixture(scope="module")
def letters(one_house: House) -> None:
    """They wait for a bundle, from writers of their own."""
    program = [sys.executable, "-m", "tests.factories.bundles", str(LETTERS)]
    ran = subprocess.run(program, env=one_house.environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def campaigner(house: House, letters: None) -> Campaigner:
    return at_the_desk_of(house)


@contextmanager
def held(house: House, step: tuple[str, str]) -> Iterator[None]:
    """Whoever gets to this step waits there while the block runs."""
    table, when = step
    # A trigger FOR UPDATE alone knows the old row.
    made = HOLD.format(table=table, when=when).replace("INSERT OR UPDATE", "UPDATE" if table == "bundles" else "INSERT")
    with house.connection() as connection:
        connection.execute(made.encode())
    try:
        with house.connection() as holder:
            holder.execute("SELECT pg_advisory_xact_lock(%s)", [HELD])
            yield
    finally:
        with house.connection() as connection:
            connection.execute(f"DROP TRIGGER hold ON {table}".encode())
            connection.execute("DROP FUNCTION hold")


def is_waiting(house: House) -> bool:
    asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    with house.connection() as connection:
        return connection.execute(asked, [HELD]).fetchall() != []


def kill_there(house: House, name: str) -> None:
    """The worker that has come to the step that is held, and all that it started."""
    house.sweep_until(lambda: is_waiting(house), f"it waits at {name}", SECONDS, SWEEP)
    house.kill("worker")


def bundle_of(house: House, here: str) -> tuple[object, ...]:
    """Its state, its letters, the parts of its file, and whether its writers are being told."""
    asked = """SELECT state, number, (SELECT count(*) FROM bundle_parts WHERE bundle_id = bundles.id),
        told_after_id IS NOT NULL FROM bundles WHERE id = %s"""
    with house.connection() as connection:
        return connection.execute(asked, [here.rpartition("/")[2]]).fetchall()[0]


def begin(campaigner: Campaigner) -> str:
    """By the button; the address of the bundle."""
    return urlsplit(campaigner.submit(campaigner.open(HOME), HOME).url).path


def await_made(house: House, here: str) -> None:
    house.sweep_until(lambda: bundle_of(house, here)[0] == "made", "it is made", SECONDS, SWEEP)


def the_file_is_whole(campaigner: Campaigner, here: str) -> None:
    shown = campaigner.open(here)
    file = campaigner.submit(shown, f"{here}/letters.pdf").body
    assert f">{hashlib.sha256(file).hexdigest()}<" in shown.text
    pages = [page.extract_text() for page in PdfReader(BytesIO(file), strict=True).pages]
    signed = Counter(re.findall(r"^(W\d{5}) Lee$", "\n".join(pages), re.MULTILINE))
    assert signed == Counter(writers(LETTERS))
    listed = Counter(re.findall(r"W\d{5}", "\n".join(pages))) - signed
    assert listed == Counter(writers(LETTERS)), "each stands once in the list of writers"


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_is_made_the_file_is_whole_and_holds_each_letter_once(
    house: House, campaigner: Campaigner, step: str
) -> None:
    with held(house, STEPS[step]):
        here = begin(campaigner)
        kill_there(house, step)
    until(lambda: not is_waiting(house), "the server has noticed")
    assert bundle_of(house, here)[0] == "making"
    house.start("worker")
    await_made(house, here)
    assert bundle_of(house, here)[1] == LETTERS
    the_file_is_whole(campaigner, here)
    # Its letters wait for the next test.
    campaigner.submit(campaigner.open(here), f"{here}/void").must_say("Its letters wait again")
    assert bundle_of(house, here)[2] == 0


def test_killed_while_its_writers_are_told_each_is_told_once(house: House, campaigner: Campaigner) -> None:
    here = begin(campaigner)
    await_made(house, here)
    first, *others = TELLING
    with held(house, TELLING[first]):
        form = campaigner.open(here).must_say(f"{LETTERS} writers are told by mail")
        campaigner.submit(form, f"{here}/handed-over", place="Geneva", handed_by="Ruth")
        kill_there(house, first)
    for step in others:
        with held(house, TELLING[step]):
            house.start("worker")
            kill_there(house, step)
    house.start("worker")
    told = {f"{name.lower()}@example.org" for name in writers(LETTERS)}
    house.sweep_until(lambda: bundle_of(house, here)[3] is False, "all writers are told", SECONDS, SWEEP)
    house.sweep_until(house.is_settled, "every row has its end")
    mailed = Counter(address for mail in house.catcher.received for address in mail.rcpt_to)
    assert {address: mailed[address] for address in told} == dict.fromkeys(told, 1)
    campaigner.open(here).must_say(f"{LETTERS} writers were told by mail.")
