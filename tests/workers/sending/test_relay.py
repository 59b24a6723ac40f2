import pytest

from workers.sending.relay import BadRelay, Relay, Tls, parse_relay


def test_a_url_says_where_and_how() -> None:
    relay = parse_relay("smtp://us%40er:p%3Ass@mail.example.org:587?tls=starttls&connections=10")
    assert relay == Relay("mail.example.org", 587, Tls.STARTTLS, verify=True, user="us@er", password="p:ss")


@pytest.mark.requirement("B-65")
def test_tls_is_demanded_unless_the_relay_is_this_machine_or_the_url_says_otherwise() -> None:
    assert parse_relay("smtp://mail.example.org").tls is Tls.STARTTLS
    assert parse_relay("smtp://127.0.0.1:1025").tls is Tls.NONE
    assert parse_relay("smtp://mail.example.org?tls=none").tls is Tls.NONE


def test_the_port_follows_the_kind_of_tls() -> None:
    assert parse_relay("smtp://mail.example.org").port == 25
    assert parse_relay("smtp://mail.example.org?tls=implicit").port == 465


@pytest.mark.requirement("B-64")
def test_how_much_at_a_time_is_said_for_all_processes_together() -> None:
    relay = parse_relay("smtp://mail.example.org?connections=3&rate=2.5")
    assert (relay.connections, relay.rate) == (3, 2.5)
    assert (parse_relay("smtp://mail.example.org").connections, parse_relay("smtp://mail.example.org").rate) == (
        10,
        None,
    )
    assert relay.place == "mail.example.org:25"


def test_a_certificate_may_be_left_unchecked_on_demand() -> None:
    assert parse_relay("smtp://mail.example.org?verify=no").verify is False


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.example.org", "smtp://", "smtp://mail.example.org?tls=maybe", "smtp://mail.example.org:port"]
    + [
        f"smtp://mail.example.org?{wrong}"
        for wrong in ("connections=0", "connections=x", "rate=0", "rate=nan", "rate=-1")
    ],
)
def test_a_url_that_names_no_relay_is_refused(url: str) -> None:
    with pytest.raises(BadRelay):
        parse_relay(url)


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(BadRelay, match="unencrypted"):
        parse_relay("smtp://user:secret@mail.example.org?tls=none")
    assert parse_relay("smtp://user:secret@127.0.0.1?tls=none").password == "secret"
