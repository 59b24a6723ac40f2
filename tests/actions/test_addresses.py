from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from actions import addresses
from actions.addresses import InvalidAddress, masked, masked_name, parse_address, site_hashes

LOCAL_64 = "a" * 64


@pytest.mark.requirement("C-19", "B-34")
@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  ann@example.org\t", "ann@example.org"),
        ("Ann.Lee@EXAMPLE.org", "Ann.Lee@example.org"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("ann+news@example.org", "ann+news@example.org"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("सम्पर्क@डाटामेल.भारत", "सम्पर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
        ("ann@mail.example.museum", "ann@mail.example.museum"),
    ],
)
def test_an_address_is_known_by_its_local_part_and_its_domain_in_a_labels(
    app: Flask, typed: str, canonical: str
) -> None:
    address = parse_address(typed)
    assert address.canonical == canonical
    assert address.domain == canonical.rpartition("@")[2]


_LOCALS = st.text("aZ0.+-_'=?/\"@<> \u00fc\u0301", max_size=66) | st.sampled_from(
    ["Postmaster", "POSTMASTER", "abuse", "a" * 64]
)
_DOMAINS = st.text("aZ0.-@<>[]: \u00fc\uff20\u3002", max_size=30) | st.sampled_from(
    [
        "Example.org",
        "B\u00fccher.example",
        "example.org.",
        "x.localhost",
        "[127.0.0.1]",
        "\u00fc." * 20 + "org",
        "a." * 92 + "org",
    ]
)


@example(local="a" * 64, domain="a." * 93 + "org")
@example(local="ann", domain="example.org>")
@given(local=_LOCALS, domain=_DOMAINS)
def test_a_plain_local_part_is_the_same_as_if_all_of_the_address_were_looked_at(local: str, domain: str) -> None:
    typed = f"{local}@{domain}".strip()

    def found(parse: Callable[[str], object]) -> object:
        try:
            return parse(typed)
        except InvalidAddress:
            return None

    # What is longer is refused before either of them.
    if len(typed.encode()) <= addresses.LONGEST_ADDRESS:
        assert found(parse_address) == found(addresses._looked_at)  # noqa: SLF001  # the two ways must be one


@pytest.mark.requirement("C-19")
def test_the_original_is_kept_as_typed_except_for_the_case_of_its_domain(app: Flask) -> None:
    assert parse_address("Ann.Lee@Bücher.Example").original == "Ann.Lee@bücher.example"


@pytest.mark.requirement("C-19", "B-36", "L-03")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@@example.org",
        "ann@example",
        "ann example@example.org",
        "ann@exam ple.org",
        "ann@-example.org",
        "ann..lee@example.org",
        ".ann@example.org",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann\n@example.org",
        "ann\0@example.org",
        "ann@example.org, eve@example.org",
        "ann@example.org;eve@example.org",
        "<ann@example.org>",
        "Ann <ann@example.org>",
        "ann@[127.0.0.1]",
        '"ann lee"@example.org',
        "=?utf-8?q?ann?=@example.org",
        "ann\u202e@example.org",
        "ann\u200b@example.org",
        f"{LOCAL_64}a@example.org",
        f"ann@{'a' * 64}.org",
        "ann@" + ".".join(["abcdefgh"] * 30) + ".org",
        "é" * 33 + "@example.org",
        "x" * 100_000,
    ],
)
def test_what_is_no_address_or_could_harm_a_header_is_refused(app: Flask, typed: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_address(typed)


@pytest.mark.requirement("B-36")
def test_the_longest_address_is_taken(app: Flask) -> None:
    assert parse_address(f"{LOCAL_64}@example.org").canonical.startswith(LOCAL_64)


@pytest.mark.requirement("C-19")
def test_two_spellings_of_one_mailbox_have_one_hash_and_two_mailboxes_two(app: Flask) -> None:
    one = parse_address("ann@bücher.example")
    assert one.hash == parse_address("ann@XN--BCHER-KVA.example").hash
    assert one.hash in one.hashes
    assert one.hash != parse_address("Ann@bücher.example").hash


@pytest.mark.requirement("P-14")
def test_a_site_is_the_registrable_domain_and_says_nothing(app: Flask) -> None:
    site = parse_address("ann@mail.example.co.uk").site_hash
    assert site == parse_address("bob@example.co.uk").site_hash
    assert site != parse_address("bob@other.co.uk").site_hash
    assert b"example" not in site


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("annalee@example.org", "an***@example.org"),
        ("ann@example.org", "a***@example.org"),
        ("a@example.org", "a***@example.org"),
        ("用户@例子.广告", "用***@例子.广告"),
    ],
)
def test_a_masked_address_tells_its_owner_enough_and_nobody_else(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_a_masked_name_keeps_first_letters() -> None:
    assert masked_name("Mu", "Sochua") == "M*** S***"
    assert masked_name(None, "Sochua") == "S***"
    assert masked_name(None, None) == ""


def test_a_site_is_found_by_any_domain_under_it(app: Flask) -> None:
    hashed = parse_address("ann@mail.example.co.uk").site_hash
    assert hashed in site_hashes("example.co.uk")
    assert hashed in site_hashes(" @MAIL.example.co.uk ")
    assert hashed not in site_hashes("other.co.uk")
    for wrong in ("", "@", "two words", "a@b.example"):
        with pytest.raises(InvalidAddress):
            site_hashes(wrong)
