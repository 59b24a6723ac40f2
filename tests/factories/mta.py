"""Mail servers that others wrote, on loopback: Postfix and Exim pass everything on to a catcher, smtp-sink drops it.

Each refuses no@example.org for good and later@example.org for now, and logs in `us` with the password `secret` where it
can.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from devserver.environment import free_port
from devserver.processes import end_now, last_lines, start_child
from tests.factories.machine import EXIM, POSTFIX, SMTP_SINK, require

START_SECONDS = 20.0


@dataclass(frozen=True)
class Mta:
    """`tls_port` speaks TLS from the first octet."""

    port: int
    tls_port: int = 0


@contextmanager
def running_sink(*options: str) -> Iterator[Mta]:
    require(SMTP_SINK)
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with _folder() as folder, _running([SMTP_SINK, *user, *options, f"127.0.0.1:{port}", "200"], folder, port):
        yield Mta(port)


@contextmanager
def running_postfix(onward: int, certificate: tuple[Path, Path], *, size_limit: int = 10_000_000) -> Iterator[Mta]:
    require(POSTFIX)
    mta = Mta(free_port(), free_port())
    with _folder() as folder:
        (folder / "conf").mkdir()
        for name in ("spool", "spool/pid"):
            (folder / name).mkdir()
        for name in ("data", *_QUEUES):
            (folder / name).mkdir(mode=0o700)
            shutil.chown(folder / name, "postfix")
        (folder / "conf" / "main.cf").write_text(
            _MAIN.format(folder=folder, onward=onward, certificate=certificate, size_limit=size_limit)
        )
        (folder / "conf" / "master.cf").write_text(_MASTER.format(mta=mta))
        with _running([POSTFIX, "-c", folder / "conf", "-s"], folder, mta.port):
            yield mta


@contextmanager
def running_exim(onward: int, certificate: tuple[Path, Path], *, size_limit: int = 10_000_000) -> Iterator[Mta]:
    require(EXIM)
    mta = Mta(free_port(), free_port())
    with _folder() as folder:
        shutil.chown(folder, "mail")
        copies = [Path(shutil.copy(file, folder)) for file in certificate]
        for copy in copies:
            shutil.chown(copy, "mail")
        # It starts itself anew as another user, who may not get in where the checkout lies.
        program = shutil.copy(EXIM, folder)
        (folder / "exim.conf").write_text(
            _EXIM.format(
                folder=folder, onward=onward, mta=mta, certificate=copies, size_limit=size_limit, program=program
            )
        )
        with _running([program, "-C", folder / "exim.conf", "-bdf"], folder, mta.port):
            yield mta


@contextmanager
def _folder() -> Iterator[Path]:
    """Others than root must get in."""
    folder = Path(tempfile.mkdtemp(prefix="clarion-mta-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: Sequence[str | Path], folder: Path, port: int) -> Iterator[None]:
    """In the foreground; what it started ends with it."""
    child = start_child(command, log=folder / "said", death_signal=signal.SIGTERM)
    try:
        _await_greeting(child, port, folder)
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(child.pid)
            end_now([*family.children(recursive=True), family])
        child.wait()


def _await_greeting(child: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as probe:
            probe.settimeout(5)
            if probe.recv(4) == b"220 ":
                probe.sendall(b"QUIT\r\n")
                return
        time.sleep(0.05)
    raise RuntimeError("\n".join(last_lines(log) for log in (folder / "said", folder / "log", folder / "mainlog")))


# `postfix check` would make them, in seconds.
_QUEUES = tuple(
    f"spool/{name}"
    for name in (
        *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private"),
        *("public", "saved", "trace"),
    )
)

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtp_dns_support_level = disabled
in_flow_delay = 0
smtp_host_lookup = native
relayhost = [127.0.0.1]:{onward}
message_size_limit = {size_limit}
smtpd_tls_cert_file = {certificate[0]}
smtpd_tls_key_file = {certificate[1]}
smtpd_tls_security_level = may
smtpd_recipient_restrictions =
    check_recipient_access inline:{{
        {{ no@example.org = 550 5.1.1 Nobody }} {{ later@example.org = 450 4.7.1 Later }} }},
    permit_mynetworks, reject
"""

_MASTER = """\
{mta.port} inet n - n - - smtpd
{mta.tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

_EXIM = """\
primary_hostname = exim.test
exim_user = mail
exim_group = mail
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
daemon_smtp_ports = {mta.port} : {mta.tls_port}
tls_on_connect_ports = {mta.tls_port}
tls_advertise_hosts = *
tls_certificate = {certificate[0]}
tls_privatekey = {certificate[1]}
local_interfaces = 127.0.0.1
message_size_limit = {size_limit}
acl_smtp_rcpt = rcpt
pipelining_advertise_hosts = *
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
smtp_accept_queue_per_connection = 0
keep_environment =

begin acl
rcpt:
  deny local_parts = no
    message = 550 5.1.1 Nobody
  defer local_parts = later
    message = 450 4.7.1 Later
  accept

begin routers
onward:
  driver = manualroute
  route_data = 127.0.0.1
  self = send
  transport = onward

begin transports
onward:
  driver = smtp
  port = {onward}
  hosts_try_chunking =

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{us}}}}{{eq{{$auth3}}{{secret}}}}}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{us}}}}{{eq{{$auth2}}{{secret}}}}}}}}
"""
