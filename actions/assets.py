"""Style sheets and fonts of the pages: as Vite built them or, where nothing was built, the sources as they are."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

URL_PREFIX = "/assets/"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Assets:
    folder: Path
    names: dict[str, str]
    built: bool

    def url(self, name: str) -> str:
        """Of a file in actions/frontend; empty for what means nothing before a build: fonts, packages."""
        if name not in self.names:
            raise LookupError(f"no such asset: {name}")
        return URL_PREFIX + self.names[name] if self.names[name] else ""


@cache
def find_assets(built: Path = _HERE / "static" / "dist", sources: Path = _HERE / "frontend") -> Assets:
    manifest = built / ".vite" / "manifest.json"
    if manifest.is_file():
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        return Assets(built, {name: entry["file"] for name, entry in entries.items()}, built=True)
    names = {path.name: path.name for path in sources.iterdir()}
    return Assets(sources, names | dict.fromkeys(("fonts.css", "editor.js", "live.js"), ""), built=False)


def asset_url(name: str) -> str:
    return find_assets().url(name)
