"""Style sheets and fonts of the pages: as Vite built them or, where nothing was built, the sources as they are."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise  # type: ignore[import-untyped]  # it publishes no types

URL_PREFIX = "/assets/"
_HERE = Path(__file__).parent
# A built name holds a hash of what it names and may be kept for ever; a source may change under its name.
_SECONDS_OF_A_SOURCE = 60


@dataclass(frozen=True, slots=True)
class Assets:
    folder: Path
    names: dict[str, str]
    built: bool

    def url(self, name: str) -> str:
        """Of a file in actions/frontend; empty for one that means nothing before a build (the fonts)."""
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
    return Assets(sources, names | {"fonts.css": ""}, built=False)


def asset_url(name: str) -> str:
    return find_assets().url(name)


def serve_assets(app: Flask, assets: Assets) -> None:
    """Answer what lies in the assets' folder before Flask sees the request, and hand `asset_url` to the templates."""

    def is_immutable(_path: str, url: str) -> bool:
        return url.removeprefix(URL_PREFIX) in assets.names.values() and assets.built

    app.jinja_env.globals["asset_url"] = assets.url
    inner = app.wsgi_app
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # the hook that Flask's documentation names for this
        inner,
        root=str(assets.folder),
        prefix=URL_PREFIX,
        max_age=_SECONDS_OF_A_SOURCE,
        immutable_file_test=is_immutable,
        add_headers_function=_refuse_guessing,
        allow_all_origins=False,
    )


def _refuse_guessing(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
