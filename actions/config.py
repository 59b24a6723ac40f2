"""Settings, read once from the environment and frozen; nothing else in the project reads it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from flask import current_app
from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url

SHORTEST_SECRET = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SecretRefused(ValueError):
    """A secret is missing, short, repeated, or a word that everyone tries first."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _strong(secrets: tuple[str, ...]) -> tuple[str, ...]:
    for secret in secrets:
        if len(secret.encode()) < SHORTEST_SECRET:
            raise SecretRefused(f"a secret has fewer than {SHORTEST_SECRET} bytes; `openssl rand -hex 32` makes one")
        if len(set(secret)) < 10:  # noqa: PLR2004  # fewer distinct characters than any random 32 have
            raise SecretRefused("this secret repeats itself; make one with `openssl rand -hex 32`")
    if len(set(secrets)) != len(secrets):
        raise SecretRefused("the same secret stands twice in a list")
    return secrets


Secrets = Annotated[tuple[str, ...], NoDecode, AfterValidator(_strong)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    # Where the parts are.
    database_url: str
    redis_url: str
    broker_url: str = ""
    smtp_url: str = "smtp://127.0.0.1:25?tls=none"
    base_url: str
    mail_from: str
    bounce_domain: str
    media_dir: Path = Path("var/media")

    # Newest first: the first signs and encrypts, all of them verify and decrypt.
    secret_keys: Secrets = Field(min_length=1)
    encryption_keys: Secrets = Field(min_length=1)
    # An unsubscribe link works for ever, so keys dropped from SECRET_KEYS are kept here.
    unsubscribe_keys: Secrets = ()

    # A demonstration only.
    mailbox_dir: Path | None = None
    clock_file: Path | None = None
    staff_second_factor: Literal["required", "optional"] = "required"

    # Four eyes (W-09): a mailing to more people than this, and every export of a list, needs a second member's yes.
    four_eyes_above: int | None = Field(default=None, ge=0)
    # Letters go only where somebody else than who wrote the address down has verified it (L-11).
    target_second_person: bool = False
    # Of one writer, however many offices they write to; the others wait for the next day.
    writer_letters_a_day: int = Field(default=10, ge=1)

    # How long things take and last.
    confirmation_lifetime: timedelta = timedelta(days=7)
    confirmation_interval: timedelta = timedelta(minutes=15)
    confirmations_per_day: int = 3
    confirmations_in_all: int = 5
    confirmations_per_address_and_day: int = 5
    reminder_after: timedelta = timedelta(hours=24)
    network_burst: int = 20
    network_burst_seconds: int = 60
    network_sustained: int = 100
    network_sustained_seconds: int = 300
    network_delay: timedelta = timedelta(minutes=5)
    wrong_links_a_minute: int = 60
    act_letter_wait: timedelta = timedelta(minutes=15)
    trusted_proxies: int = 0

    # Sending.
    lease: timedelta = timedelta(seconds=30)
    window: int = 128
    claim_size: int = 1000
    retry_first: timedelta = timedelta(minutes=5)
    retry_longest: timedelta = timedelta(hours=3)
    # Longer than the day that a relay may be away, with the longest pause between two tries on top.
    give_up_now: timedelta = timedelta(hours=48)
    give_up_bulk: timedelta = timedelta(days=5)
    give_up_letters: timedelta = timedelta(days=5)
    # What a lost nudge may cost; never more than a minute (O-12).
    sweep_seconds: float = Field(default=10.0, gt=0, le=60)
    # To one destination site, messages a second: a limit of ours, and how slow a site that complains is served (B-64).
    site_rate: float | None = Field(default=None, gt=0)
    site_lowest_rate: float = Field(default=1.0, gt=0)
    site_raise_seconds: float = Field(default=10.0, gt=0)
    # Relays close a connection that has carried this many, or like to be left by then.
    messages_per_connection: int = Field(default=5000, gt=0)
    # A folder for the engine's log of its dangerous moments: only tests that break it set this.
    sending_log: Path | None = None
    smtp_timeout: float = 600.0
    smtp_connect_timeout: float = 30.0

    # A folder that no backup of the database holds: its mark, and a log of withdrawals, so that a restore is noticed.
    witness_dir: Path | None = None
    # Numbers for Prometheus, on this port of METRICS_HOST alone; never on the public app.
    metrics_port: int | None = Field(default=None, gt=0, lt=65536)
    metrics_host: str = "127.0.0.1"

    # Retention.
    letter_text_days: int = 28
    delivery_days: int = 30

    @field_validator("secret_keys", "encryption_keys", "unsubscribe_keys", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return _split(value)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        url = make_url(value)
        if url.get_backend_name() != "postgresql":
            raise ValueError("DATABASE_URL names no PostgreSQL; it is the only database that works here")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @field_validator("base_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("BASE_URL is the public address, such as https://act.example.org")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("BASE_URL must begin with https:// unless it is this very machine")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _secrets_are_apart(self) -> "Settings":
        if set(self.secret_keys) & set(self.encryption_keys):
            raise SecretRefused("SECRET_KEYS and ENCRYPTION_KEYS share a secret; each needs its own")
        return self

    @property
    def broker(self) -> str:
        """Celery's name for the broker: Redis unless BROKER_URL says otherwise."""
        if self.broker_url:
            return self.broker_url
        if self.redis_url.startswith("unix://"):
            return self.redis_url.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=", 1)
        return self.redis_url

    @property
    def smtp_is_loopback(self) -> bool:
        return urlsplit(self.smtp_url).hostname in LOOPBACK

    @property
    def catches_its_mail(self) -> bool:
        """True where mail ends in our own catcher, so that it may be shown on a page."""
        return self.mailbox_dir is not None and self.smtp_is_loopback


class CannotStart(SystemExit):
    """The environment lacks something or holds something unsafe; the message says what, and no secret's value."""


def from_environment() -> Settings:
    """Raises CannotStart."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"- {'_'.join(map(str, one['loc'])).upper() or 'settings'}: {one['msg']}" for one in error.errors()]
        sentences = "\n".join(wrong)
    raise CannotStart(f"Clarion cannot start. Please set these in its environment:\n{sentences}")


def settings() -> Settings:
    """The settings of the app that serves this request, command or task."""
    bound: Settings = current_app.config["SETTINGS"]
    return bound
