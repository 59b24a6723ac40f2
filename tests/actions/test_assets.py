import json
from pathlib import Path

import pytest

from actions.assets import find_assets

SOURCES = Path(__file__).parents[2] / "actions" / "frontend"


def built_in(folder: Path) -> Path:
    (folder / ".vite").mkdir(parents=True)
    manifest = {"site.css": {"file": "site-AbCdEf12.css"}, "fonts.css": {"file": "fonts-AbCdEf12.css"}}
    (folder / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_after_a_build_an_asset_has_the_name_that_the_manifest_gives_it(tmp_path: Path) -> None:
    assets = find_assets(built_in(tmp_path / "dist"), SOURCES)
    assert assets.url("site.css") == "/assets/site-AbCdEf12.css"
    assert assets.folder == tmp_path / "dist"


def test_without_a_build_the_sources_are_served_and_nothing_from_packages(tmp_path: Path) -> None:
    assets = find_assets(tmp_path / "missing", SOURCES)
    assert assets.folder == SOURCES
    assert assets.url("site.css") == "/assets/site.css"
    assert assets.url("fonts.css") == assets.url("editor.js") == ""


def test_an_unknown_asset_is_an_error_not_a_dead_link(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"nothing\.css"):
        find_assets(tmp_path / "missing", SOURCES).url("nothing.css")
