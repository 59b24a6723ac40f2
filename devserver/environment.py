"""What `make run` is told, what it keeps between starts, and what its programs see of it."""

import os
import secrets
import shlex
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devserver.processes import CouldNotStart

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LARGEST_PORT = 65535
SECRETS = ("SECRET_KEYS", "ENCRYPTION_KEYS")


@dataclass(frozen=True)
class Wishes:
    """Read from the environment: where to run, and which servers are given and so not started."""

    port: int
    var_dir: Path
    once: bool
    given: Mapping[str, str]

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def mailbox(self) -> Path:
        return self.var_dir / "mailbox"

    @property
    def catches_mail(self) -> bool:
        return "SMTP_URL" not in self.given

    @property
    def is_demo(self) -> bool:
        """Demo content goes in only where no mail can reach anybody."""
        return self.catches_mail or urlsplit(self.given["SMTP_URL"]).hostname in LOOPBACK


def read_wishes(environment: Mapping[str, str]) -> Wishes:
    port = environment.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) <= LARGEST_PORT:
        raise CouldNotStart(f"PORT is {port!r}; it must be a number from 1 to {LARGEST_PORT}.")
    once = environment.get("ONCE", "") not in {"", "0"}
    var_dir = Path(environment.get("VAR_DIR") or "var").absolute()
    names = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SMTP_URL")
    given = {name: environment[name] for name in names if environment.get(name)}
    return Wishes(int(port), var_dir / "once" if once else var_dir, once, given)


def require_free_port(port: int) -> None:
    """Raises CouldNotStart where something listens already, or we may not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except PermissionError as error:
            raise CouldNotStart(f"Port {port} needs rights that you do not have. Try `PORT=8000`.") from error
        except OSError as error:
            raise CouldNotStart(
                f"Port {port} is in use by another program. End that one, or choose another port: "
                f"`make run PORT={port + 1 if port < LARGEST_PORT else 8001}`."
            ) from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def kept_secrets(var_dir: Path) -> dict[str, str]:
    """Made at the first start and kept in `secrets.env`, readable by us alone: without them the data says nothing."""
    path = var_dir / "secrets.env"
    if not path.exists():
        if (var_dir / "postgres" / "PG_VERSION").exists():
            raise CouldNotStart(
                f"{path} is gone, and what lies in {var_dir / 'postgres'} was encrypted with the keys it held. "
                f"Bring it back, or remove {var_dir} to begin anew."
            )
        write_environment(path, {name: secrets.token_hex(32) for name in SECRETS})
    lines = path.read_text().splitlines()
    return {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines) if value}


def write_environment(path: Path, values: Mapping[str, str]) -> None:
    """As shells and `flask --env-file` read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def settings_for_programs(wishes: Wishes, servers: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the app; what `environment` already names wins over our defaults."""
    defaults = {
        "BASE_URL": wishes.base_url,
        "MAIL_FROM": "hello@open-door.test",
        "BOUNCE_DOMAIN": "bounce.open-door.test",
        "MEDIA_DIR": str(wishes.var_dir / "media"),
        "CLOCK_FILE": str(wishes.var_dir / "clock"),
        "STAFF_SECOND_FACTOR": "optional",
        **kept_secrets(wishes.var_dir),
    }
    if wishes.catches_mail:
        defaults["MAILBOX_DIR"] = str(wishes.mailbox)
    chosen = {name: environment.get(name) or value for name, value in defaults.items()}
    return {**chosen, **servers}


def surroundings(settings: Mapping[str, str], wishes: Wishes) -> dict[str, str]:
    """The whole environment of a program: ours, with this Python's commands first on the PATH. Compiled modules are
    kept whatever the shell wishes: each of eight processes would compile them again at every start, 3 s a time.
    """
    commands = str(Path(sys.executable).parent)
    path = os.pathsep.join([commands, os.environ.get("PATH", os.defpath)])
    own = {"PATH": path, "PORT": str(wishes.port), "VAR_DIR": str(wishes.var_dir), "PYTHONUNBUFFERED": "1"}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **settings, **own}
