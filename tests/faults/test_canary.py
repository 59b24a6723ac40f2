"""Whoever copies the database, its disk, the broker or the logs learns no name, no address and no word of a letter."""

import base64
import re
import socket
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from psycopg import sql
from redis import Redis

from devserver.journeys import HISTORICAL, URGENT
from devserver.visitor import Answer
from tests.factories.house import House, Person, until

CANARY = {
    "first name": "Zaphrinella",
    "last name": "Quastorix",
    "address": "canary-bird@canary-mail.test",
    "address that the relay refuses": "canary-bounce@canary-mail.test",
    "domain": "canary-mail.test",
    "comment": "gribblewick thistledown",
    "subject of the letter": "Marmaladion concern",
    "letter": "xylophonic lanterns should be freed",
    "street": "Wobbledyke Lane 7714",
    "network": "203.0.113.77",
    "its /24": "203.0.113.",
}
# What each store does hold, so that a search that finds nothing has searched something.
PRESENT = {"tables": HISTORICAL, "disk": HISTORICAL, "broker": "workers.deliver.drain", "logs": "confirmation"}


@pytest.mark.requirement("P-04", "P-07", "P-10")
def test_no_store_and_no_log_holds_a_canary(house: House) -> None:
    house.start("beat")
    with overheard(house) as broker:
        live_a_life(house)
        stores = {"tables": tables(house), "disk": disk(house), "logs": logs(house)}
        stores["broker"] = bytes(broker) + keys(house)

    for name, words in PRESENT.items():
        assert found_in(stores[name], words), f"the search of {name} finds nothing at all"
    leaks = [(store, what) for store in stores for what, words in CANARY.items() if found_in(stores[store], words)]
    assert leaks == []
    assert not found_in(stores["logs"], "[parameters:"), "a failed statement is logged with what it was given"


def live_a_life(house: House) -> None:
    """Everything a supporter can type, on good days and bad ones; afterwards most of it still waits in some store."""
    bird = canary_person(house, CANARY["address"])
    bird.submit(bird.open("/join"), "/join")
    bird.confirm()
    sign_form = bird.open(f"/a/{HISTORICAL}")
    typed = {"comment": CANARY["comment"], "show_name": "full"}
    bird.submit(sign_form, f"/a/{HISTORICAL}/sign", **typed)
    bird.confirm(after=1).must_say("Your name counts")
    write(bird)
    bird.submit(bird.open("/p"), "/p")
    bird.open(bird.mail(lambda mail: has_link(mail.links, "/p/"), "fresh link", after=0).link("/p/"))
    make_mistakes(bird, sign_form)
    house.prepare("pages count")

    house.postgres.kill()
    assert bird.submit(sign_form, f"/a/{HISTORICAL}/sign", **typed).status == 503
    house.sweep()
    house.postgres.start()
    be_refused(house)


def write(bird: Person) -> None:
    """By email, shown, confirmed and sent; and once more on paper."""
    form = bird.open(f"/a/{URGENT}/write")
    letter = {"subject": CANARY["subject of the letter"], "body": f"I think that {CANARY['letter']}."}
    bird.submit(form, f"/a/{URGENT}/write", by="email", name_shown="full", **letter)
    link = bird.mail(lambda mail: has_link(mail.links, "/c/"), "confirmation", after=2).link("/c/")
    preview = bird.open(link).must_say(CANARY["letter"])
    bird.submit(preview, urlsplit(preview.url).path).must_say("Your letter is on its way")
    bird.mail(lambda mail: CANARY["letter"] in mail.text, "receipt")
    paper = bird.open(f"/a/{HISTORICAL}/write")
    home = {"street": CANARY["street"], "city": "Ghent"}
    printed = bird.submit(paper, f"/a/{HISTORICAL}/write", by="post", **letter, **home)
    assert bird.submit(printed, f"/a/{HISTORICAL}/letter.pdf").body.startswith(b"%PDF")
    bird.submit(printed, f"/a/{HISTORICAL}/posted")


def make_mistakes(bird: Person, sign_form: Answer) -> None:
    wrong = {"email": CANARY["address"].replace("@", "@@"), "comment": CANARY["comment"] * 60}
    assert bird.submit(sign_form, f"/a/{HISTORICAL}/sign", **wrong).status == 422
    assert bird.open(f"/c/{CANARY['last name']}").status == 404
    assert bird.open(f"/a/nowhere?email={CANARY['address']}").status == 404


def be_refused(house: House) -> None:
    """By a relay that says in its answer whom it means, so that the answer itself holds a canary."""
    other = canary_person(house, CANARY["address that the relay refuses"])
    rules = house.catcher.rules.recipients
    rules[other.email] = f"450 4.2.1 <{other.email}> {other.first_name} {other.last_name} is over quota"
    other.submit(other.open("/join"), "/join")
    newest = "SELECT state FROM deliveries ORDER BY id DESC LIMIT 1"
    house.sweep_until(lambda: house.rows(newest) == [("deferred",)], "the relay's answer is noted")


def canary_person(house: House, address: str) -> Person:
    names = {"first_name": CANARY["first name"], "last_name": CANARY["last name"]}
    return Person(house.base_url, **names, email=address, house=house, forwarded_for=CANARY["network"])


def has_link(links: list[str], path: str) -> bool:
    return any(urlsplit(link).path.startswith(path) for link in links)


def found_in(store: bytes, words: str) -> bool:
    """As itself in any case, or as the encodings that databases, brokers and logs write."""
    plain = words.encode()
    haystack = store.lower()
    spelled = {plain, plain.hex().encode(), urllib.parse.quote(words).encode(), words.encode("unicode_escape")}
    if any(one.lower() in haystack for one in spelled):
        return True
    return any(one in store for one in base64_of(plain))


def base64_of(plain: bytes) -> Iterator[bytes]:
    """In the middle of something, at each of the three places where it may begin."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        yield whole[(before * 8 + 5) // 6 : len(whole) // 4 * 4 - 4]


def tables(house: House) -> bytes:
    """Every row of every table, as COPY writes it."""
    copied = bytearray()
    with house.connection() as connection, connection.cursor() as cursor:
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for (table,) in cursor.execute(named).fetchall():
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(str(table)))) as rows:
                copied += b"".join(bytes(row) for row in rows)
    return bytes(copied)


def disk(house: House) -> bytes:
    """The data folder with its write-ahead log."""
    with house.connection() as connection:
        connection.autocommit = True
        connection.execute("CHECKPOINT")
    return b"".join(files(house.postgres.data_dir))


def logs(house: House) -> bytes:
    return b"".join(files(house.logs))


def files(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file():
                yield path.read_bytes()
        except FileNotFoundError:
            continue  # the server has just removed it


def keys(house: House) -> bytes:
    """Every key that the broker holds, with its value."""
    read: Mapping[bytes, str] = {
        b"string": "GET {}",
        b"list": "LRANGE {} 0 -1",
        b"hash": "HGETALL {}",
        b"set": "SMEMBERS {}",
        b"zset": "ZRANGE {} 0 -1",
    }
    held = bytearray()
    with Redis.from_url(house.environment["REDIS_URL"]) as client:
        for key in client.scan_iter():
            command = [part.encode() if part != "{}" else key for part in read[client.type(key)].split()]
            held += key + b" " + repr(client.execute_command(*command)).encode() + b"\n"
    return bytes(held)


@contextmanager
def overheard(house: House) -> Iterator[bytearray]:
    """Every command that the broker is sent meanwhile."""
    heard = bytearray()
    path = re.sub(r"^unix://|\?.*$", "", house.environment["REDIS_URL"])
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(path)
        wire.sendall(b"MONITOR\r\n")
        listening = threading.Thread(target=listen, args=(wire, heard))
        listening.start()
        until(lambda: heard.startswith(b"+OK"), "the broker lets itself be overheard")
        try:
            yield heard
        finally:
            wire.shutdown(socket.SHUT_RDWR)
            listening.join()


def listen(wire: socket.socket, heard: bytearray) -> None:
    while said := wire.recv(1 << 16):
        heard += said
