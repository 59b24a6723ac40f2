from pathlib import Path

import pytest

from devserver.frontend import DidNotBuild, build, find_npm

BUILDS = "require('fs').appendFileSync('actions/static/dist/built', 'once ')"
FAILS = "console.log('site.css: unexpected }'); process.exit(1)"
LOCAL = '{"name": "x", "dependencies": {"vite": "file:vite"}}'
LOCAL_LOCK = """{"name": "x", "lockfileVersion": 3, "packages": {
    "": {"name": "x", "dependencies": {"vite": "file:vite"}},
    "vite": {"version": "1.0.0"},
    "node_modules/vite": {"resolved": "vite", "link": true}}}"""
ONE_TO_FETCH = """{"name": "x", "lockfileVersion": 3, "packages": {
    "": {"name": "x", "dependencies": {"vite": "8.3.8"}},
    "node_modules/vite": {"version": "8.3.8", "integrity": "sha512-AAAA"}}}"""


def test_without_a_registry_there_is_no_build_and_no_failure(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "package.json").write_text('{"name": "x", "dependencies": {"vite": "8.3.8"}}')
    (tree / "package-lock.json").write_text(ONE_TO_FETCH)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    assert not build(tree)


def test_without_node_there_is_no_build_and_no_failure(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devserver.frontend.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tree))
    assert find_npm() is None
    assert not build(tree)


def test_it_builds_again_only_when_a_source_changed(tree: Path) -> None:
    assert build(tree)
    assert build(tree)
    assert times_built(tree) == 1
    (tree / "actions/frontend/site.css").write_text("a { color: teal }")
    assert build(tree)
    assert times_built(tree) == 2


def test_sources_that_do_not_build_are_a_failure_that_shows_why(tree: Path) -> None:
    (tree / "vite/bin/vite.js").write_text(FAILS)
    with pytest.raises(DidNotBuild, match=r"site\.css: unexpected }"):
        build(tree)
    with pytest.raises(DidNotBuild):
        build(tree)


def times_built(tree: Path) -> int:
    return len((tree / "actions/static/dist/built").read_text().split())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree that has a stand-in for Vite, which npm installs from a folder."""
    for folder in ("actions/frontend", "actions/static/dist", "vite/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "package.json").write_text(LOCAL)
    (tmp_path / "package-lock.json").write_text(LOCAL_LOCK)
    (tmp_path / "vite.config.js").write_text("")
    (tmp_path / "actions/frontend/site.css").write_text("")
    (tmp_path / "vite/package.json").write_text('{"name": "vite", "version": "1.0.0"}')
    (tmp_path / "vite/bin/vite.js").write_text(BUILDS)
    return tmp_path
