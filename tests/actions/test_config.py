import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError

from actions.config import CannotStart, Settings, from_environment, settings
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]
GOOD = "c9b1f7a04e2d8836a5b0c4d1e7f29a83"
OTHER = "0d5e8f1a7b3c9642d0e1f2a3b4c59687"


def made(tmp_path: Path, **changes: Any) -> Settings:
    return settings_for("postgresql://db.open-door.test/clarion", "redis://127.0.0.1", tmp_path, **changes)


@pytest.mark.requirement("W-17")
@pytest.mark.parametrize(
    "secrets",
    ["", "dev", "changeme", GOOD[:31], "a" * 64, "abcabcabcabcabcabcabcabcabcabcabcabc", f"{GOOD},short"],
    ids=["none", "a word", "a default", "31 octets", "one letter", "three letters", "a short second"],
)
@pytest.mark.parametrize("name", ["secret_keys", "encryption_keys"])
def test_a_secret_that_is_missing_short_or_guessable_is_refused(tmp_path: Path, name: str, secrets: str) -> None:
    with pytest.raises(ValidationError, match=name):
        made(tmp_path, **{name: secrets})


@pytest.mark.requirement("W-17")
def test_a_secret_serves_one_end_only(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="share a secret"):
        made(tmp_path, secret_keys=GOOD, encryption_keys=GOOD)
    with pytest.raises(ValidationError, match="twice"):
        made(tmp_path, secret_keys=f"{GOOD},{GOOD}")


@pytest.mark.requirement("W-17")
def test_a_program_does_not_start_without_secrets_and_prints_none() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://127.0.0.1/clarion",
        "REDIS_URL": "redis://127.0.0.1",
        "BASE_URL": "http://localhost",
        "MAIL_FROM": "a@open-door.test",
        "BOUNCE_DOMAIN": "bounce.open-door.test",
        "SECRET_KEYS": "dev",
        "ENCRYPTION_KEYS": GOOD,
    }
    ran = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert "openssl rand -hex 32" in ran.stderr
    assert GOOD not in ran.stderr


@pytest.mark.requirement("W-18")
def test_keys_are_listed_the_newest_first(tmp_path: Path) -> None:
    chosen = made(tmp_path, secret_keys=f" {GOOD} , {OTHER},")
    assert chosen.secret_keys == (GOOD, OTHER)


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        made(tmp_path).window = 1


@pytest.mark.parametrize(
    "url", ["http://act.open-door.test", "ftp://act.open-door.test", "act.open-door.test", "https://a.test/?x=1"]
)
def test_the_public_address_is_https_unless_it_is_this_machine(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError, match="BASE_URL"):
        made(tmp_path, base_url=url)
    assert made(tmp_path, base_url="https://act.open-door.test/").base_url == "https://act.open-door.test"
    assert made(tmp_path, base_url="http://[::1]:8000").base_url == "http://[::1]:8000"


def test_only_postgresql_is_a_database(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="no PostgreSQL"):
        settings_for("sqlite:///x.db", "redis://127.0.0.1", tmp_path)
    kept = settings_for("postgresql://ann:p%40ss@db.test/clarion", "redis://127.0.0.1", tmp_path).database_url
    assert kept == "postgresql+psycopg://ann:p%40ss@db.test/clarion"


@pytest.mark.parametrize(
    ("smtp_url", "loopback"),
    [
        ("smtp://127.0.0.1:2525?tls=none", True),
        ("smtp://[::1]:25", True),
        ("smtp://localhost", True),
        ("smtp://mail.open-door.test:587?tls=starttls", False),
        ("smtp://127.0.0.1.evil.test:25", False),
    ],
)
def test_mail_is_shown_only_where_it_ends_on_this_machine(tmp_path: Path, smtp_url: str, *, loopback: bool) -> None:
    chosen = made(tmp_path, smtp_url=smtp_url, mailbox_dir=tmp_path)
    assert (chosen.smtp_is_loopback, chosen.catches_its_mail) == (loopback, loopback)
    assert not made(tmp_path, smtp_url=smtp_url).catches_its_mail


def test_the_broker_is_redis_unless_another_is_named(tmp_path: Path) -> None:
    assert made(tmp_path).broker == "redis://127.0.0.1"
    on_a_socket = settings_for("postgresql://db.test/x", "unix:///run/valkey.sock", tmp_path)
    assert on_a_socket.broker == "redis+socket:///run/valkey.sock"
    third = settings_for("postgresql://db.test/x", "unix:///run/valkey.sock?db=3", tmp_path)
    assert third.broker == "redis+socket:///run/valkey.sock?virtual_host=3"
    assert made(tmp_path, broker_url="amqp://rabbit.test").broker == "amqp://rabbit.test"


@pytest.mark.requirement("C-12", "C-16")
def test_limits_are_settings_with_the_numbers_that_were_promised(tmp_path: Path) -> None:
    chosen = made(tmp_path)
    assert chosen.confirmation_interval == timedelta(minutes=15)
    assert (chosen.confirmations_per_day, chosen.confirmations_in_all) == (3, 5)
    assert chosen.reminder_after == timedelta(hours=24)
    assert chosen.confirmation_lifetime == timedelta(days=7)
    assert made(tmp_path, confirmation_interval=timedelta(0)).confirmation_interval == timedelta(0)


def test_the_settings_are_those_of_the_app(app: Flask) -> None:
    assert settings() is app.config["SETTINGS"]


@pytest.mark.requirement("W-17")
def test_what_is_wrong_in_the_environment_is_said_in_sentences_without_any_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEYS", "my-short-secret")
    with pytest.raises(CannotStart, match="cannot start") as refused:
        from_environment()
    said = str(refused.value)
    assert "- DATABASE_URL: Field required" in said
    assert "- SECRET_KEYS: " in said
    assert "my-short-secret" not in said
