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


def test_a_certificate_may_be_left_unchecked_on_demand() -> None:
    assert parse_relay("smtp://mail.example.org?verify=no").verify is False


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.example.org", "smtp://", "smtp://mail.example.org?tls=maybe", "smtp://mail.example.org:port"],
)
def test_a_url_that_names_no_relay_is_refused(url: str) -> None:
    with pytest.raises(BadRelay):
        parse_relay(url)


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(BadRelay, match="unencrypted"):
        parse_relay("smtp://user:secret@mail.example.org?tls=none")
    assert parse_relay("smtp://user:secret@127.0.0.1?tls=none").password == "secret"
