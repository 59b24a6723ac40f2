import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from threading import Event, Thread

import pytest

from actions.links.models import Came
from actions.links.operations import Answer
from tests.factories.certificates import Authority
from tests.factories.sites import HERE, Site, running_site
from workers import fetching
from workers.fetching import Fetcher, is_public, look_up

NAME = "news.example"


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def fetcher(*sites: Site, **changes: object) -> Fetcher:
    """Knows NAME, and may connect to this machine, which no other may."""
    values: dict[str, object] = {
        "look_up": lambda host: [HERE] if host == NAME else look_up(host),
        "may_connect": HERE.__eq__,
        "ports": frozenset(site.port for site in sites),
    }
    return Fetcher(**(values | changes))  # type: ignore[arg-type]  # as its fields are


def at(site: Site, path: str) -> str:
    return f"http://{NAME}:{site.port}{path}"


def test_it_is_asked_once_with_its_own_name_and_without_anything_of_ours(site: Site) -> None:
    site.answers["/a%20b?c=d"] = (200, "")
    assert fetcher(site).ask(at(site, "/a b?c=d")) == Answer(Came.ANSWERED, 200)
    ((method, path, headers),) = site.asked
    assert (method, path, headers["Host"]) == ("HEAD", "/a%20b?c=d", f"{NAME}:{site.port}")
    assert not {"Cookie", "Authorization", "Referer"} & headers.keys()


def test_a_server_that_does_not_know_head_is_asked_as_a_browser_asks(site: Site) -> None:
    site.refuses_head, site.answers["/"] = True, (200, "")
    assert fetcher(site).ask(at(site, "")) == Answer(Came.ANSWERED, 200)
    assert [method for method, *_ in site.asked] == ["HEAD", "GET"]
    assert fetcher(site).ask(at(site, "/gone")) == Answer(Came.ANSWERED, 404)


def test_where_it_leads_on_to_is_said_and_no_cookie_goes_along(site: Site) -> None:
    site.answers |= {"/old": (301, "/new"), "/new": (200, "")}
    assert fetcher(site).ask(at(site, "/old")) == Answer(Came.ANSWERED, 200, at(site, "/new"))
    assert all("Cookie" not in headers for *_, headers in site.asked)


def test_where_it_leads_on_to_can_be_kept(site: Site) -> None:
    site.answers |= {"/old": (301, "/n\0ew"), "/new": (200, "")}
    assert fetcher(site).ask(at(site, "/old")) == Answer(Came.ANSWERED, 200, at(site, "/new"))


def test_one_that_leads_on_for_ever_is_left(site: Site) -> None:
    site.answers["/"] = (302, "/")
    assert fetcher(site).ask(at(site, "/")).came is Came.GOES_ROUND
    assert len(site.asked) == 1 + fetching.MOST_REDIRECTS


@pytest.mark.requirement("W-13")
@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://[fec0::1]/",
        "http://[::127.0.0.1]/",
        "http://224.0.0.1/",
        "ftp://192.0.0.9/",
        "file:///etc/passwd",
        "http://user:secret@93.184.215.14/",
        "http://93.184.215.14:22/",
        "http://93.184.215.14:8000/",
        "http:///nothing",
    ],
)
def test_nothing_but_the_public_internet_is_ever_connected_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connects(*_: object, **__: object) -> socket.socket:
        raise AssertionError("it tried to connect")

    monkeypatch.setattr(socket, "create_connection", connects)
    assert Fetcher().ask(address).came is Came.NOT_PUBLIC


@pytest.mark.requirement("W-13")
def test_what_a_public_site_leads_on_to_is_looked_at_like_the_first(site: Site) -> None:
    with running_site() as inner:
        for path in (f"http://localhost:{inner.port}/", "http://169.254.169.254/", "file:///etc/passwd"):
            site.answers["/"] = (302, path)
            knows = fetcher(site, inner, may_connect=lambda number: number == "127.0.0.9")
            assert knows.ask(at(site, "/")).came is Came.NOT_PUBLIC
            one_host = fetcher(site, look_up=lambda host: [HERE] if host == NAME else ["127.0.0.2"])
            assert one_host.ask(at(site, "/")).came is Came.NOT_PUBLIC
        assert inner.asked == []


@pytest.mark.requirement("W-13")
def test_a_host_whose_second_address_differs_is_reached_at_the_first(site: Site) -> None:
    site.answers["/"] = (200, "")
    said = iter([[HERE], ["169.254.169.254"]])
    assert fetcher(site, look_up=lambda _: next(said)).ask(at(site, "/")) == Answer(Came.ANSWERED, 200)
    assert next(said) == ["169.254.169.254"], "it was looked up once"


@pytest.mark.requirement("W-13")
def test_one_private_address_among_others_is_enough(site: Site) -> None:
    assert fetcher(site, look_up=lambda _: [HERE, "10.0.0.1"]).ask(at(site, "/")).came is Came.NOT_PUBLIC
    assert site.asked == []


def test_a_certificate_must_be_valid_for_the_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=str(authority.file))
    for name, came in ((NAME, Came.ANSWERED), ("other.example", Came.NOT_TRUSTED)):
        with running_site(authority.server(name)) as site:
            site.answers["/"] = (200, "")
            address = f"https://{NAME}:{site.port}/"
            assert fetcher(site, trusted=trusted).ask(address).came is came
            assert fetcher(site).ask(address).came is Came.NOT_TRUSTED


def test_no_name_and_no_server_are_told_apart() -> None:
    with socket.socket() as closed:
        closed.bind((HERE, 0))
        gone = Site(closed.getsockname()[1])
        assert fetcher(gone).ask(at(gone, "/")).came is Came.UNREACHABLE

    def nobody(_: str) -> list[str]:
        raise socket.gaierror

    assert fetcher(look_up=nobody).ask("http://none.example/").came is Came.NOT_PUBLIC, "its port is none of ours"
    assert Fetcher(look_up=nobody).ask("http://none.example/").came is Came.NO_SUCH_HOST


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_one_that_drips_is_left_in_time(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the answer never does."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    ended = Event()
    with socket.create_server((HERE, 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                # The beginning of a line of HTTP, or of a record of TLS.
                for one in chain(b"HTTP/1.1 " if scheme == "http" else b"\x16\x03\x03\x40\x00", repeat(0x32)):
                    connection.sendall(bytes([one]))
                    if ended.wait(0.1):
                        return

        dripping = Thread(target=drip, daemon=True)
        dripping.start()
        port = server.getsockname()[1]
        assert fetcher(Site(port)).ask(f"{scheme}://{NAME}:{port}/").came is Came.UNREACHABLE
        ended.set()
        dripping.join(5)


def test_public_is_what_everybody_can_reach() -> None:
    assert all(map(is_public, ("93.184.215.14", "2606:4700::1111")))
    assert not any(map(is_public, ("127.0.0.1", "169.254.169.254", "100.64.0.1", "::ffff:93.184.215.14", "fd00::1")))
