"""Tests mirror the source: who looks for the test of a module finds it at the first try."""

from tests.structure.tree import ROOT, modules

# Each with the tests that hold it instead.
WITHOUT = {
    "actions/migrations/env.py": "Alembic runs it in tests/actions/test_migrations.py",
}
# Tables do nothing by themselves: migrations are compared with them, and every operation's test uses them.
WITHOUT_BY_NAME = {"__init__.py": "one paragraph", "models.py": "tables"}


def test_every_module_has_its_test() -> None:
    missing = [
        wanted
        for module in modules()
        if module.name not in WITHOUT and module.path.name not in WITHOUT_BY_NAME
        if not (ROOT / (wanted := mirror_of(module.name))).is_file()
    ]
    assert missing == []


def mirror_of(name: str) -> str:
    """`actions/signups/views.py` -> `tests/actions/signups/test_views.py`."""
    folder, _, file = name.rpartition("/")
    return f"tests/{folder}/test_{file}"


def test_every_exception_still_exists() -> None:
    assert [name for name in WITHOUT if not (ROOT / name).is_file()] == []


def test_every_test_of_a_module_has_its_module() -> None:
    """Tests of something larger than a module say so in their docstring."""
    orphans = []
    for package in ("actions", "workers", "email_templates", "devserver"):
        for test in (ROOT / "tests" / package).rglob("test_*.py"):
            source = ROOT / test.relative_to(ROOT / "tests").with_name(test.name.removeprefix("test_"))
            if not source.is_file() and not test.read_text(encoding="utf-8").startswith('"""'):
                orphans.append(test.relative_to(ROOT).as_posix())
    assert orphans == []


def test_no_package_under_tests_hides_the_one_it_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
