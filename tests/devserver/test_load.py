import smtplib

import pytest

from devserver.load import limit, line, sink, tool
from devserver.processes import CouldNotStart
from tests.factories.machine import SMTP_SINK, require


@pytest.fixture(autouse=True)
def postfix() -> None:
    require(SMTP_SINK)


def test_a_sink_takes_what_comes_over_a_line() -> None:
    with sink() as port, line(port, "--delay", "0.01") as slow, smtplib.SMTP("127.0.0.1", slow) as client:
        client.sendmail("a@open-door.test", ["b@people.test"], b"Subject: Hello\r\n\r\nHello\r\n")


def test_the_limit_is_a_rate() -> None:
    with sink() as port:
        assert limit(port, sessions=2, messages=200, size=1000) > 10


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CouldNotStart, match="postfix"):
        tool("smtp-nothing")
