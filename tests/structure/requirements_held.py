"""What `make check` prints: requirements that are cited and that no test holds, and the numbers of the tree.

Nothing is refused here: these are looked at.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("actions", "workers", "email_templates", "devserver")
REQUIREMENT = re.compile(r"\b([ABCLOPW])-(\d\d)\b")
RANGE = re.compile(r"\b([ABCLOPW])-(\d\d) to \1-(\d\d)\b")
FIRST_STAGE = (
    "B-10 to B-20, B-30 to B-36, B-39, B-40 to B-46, A-10, A-11, L-01 to L-06, C-03 to C-07, C-10, C-11, "
    "C-30 to C-33, C-35 to C-39, P-07, W-17, W-18"
)
# Settled otherwise for now; each with the reason.
LATER = {
    "B-16": "List-Help and List-Owner are a should, and nobody reads mail to the list yet",
    "B-21": "could",
    "B-45": "mailto: stands in List-Unsubscribe from the stage on that reads mail",
}
WHERE_CITED = (*(f"{package}/**/*" for package in PACKAGES), "README.md", "docs/**/*.md", "bench/**/*.py")
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:)")


@dataclass(frozen=True)
class Numbers:
    """Of lines: how many, the middle one, and the one that 5 in 100 exceed."""

    count: int
    median: float
    p95: int

    @classmethod
    def of(cls, lengths: Sequence[int]) -> "Numbers":
        ordered = sorted(lengths) or [0]
        return cls(len(lengths), median(ordered), ordered[ceil(len(ordered) * 0.95) - 1])

    def __str__(self) -> str:
        return f"{self.count}, median {self.median:g} lines, p95 {self.p95}"


def requirements_in(text: str) -> set[str]:
    """The ids that a text cites; `B-40 to B-46` is seven."""
    found = {f"{kind}-{number}" for kind, number in REQUIREMENT.findall(text)}
    for kind, first, last in RANGE.findall(text):
        found |= {f"{kind}-{number:02}" for number in range(int(first), int(last) + 1)}
    return found


def cited() -> set[str]:
    """By the issue of the first stage, the code and its documents."""
    found = requirements_in(FIRST_STAGE)
    for pattern in WHERE_CITED:
        for path in ROOT.glob(pattern):
            if path.suffix in {".py", ".md", ".html", ".txt", ".typ"} and "node_modules" not in path.parts:
                found |= requirements_in(path.read_text(encoding="utf-8"))
    return found


def held() -> set[str]:
    """Those that a test names in `@pytest.mark.requirement(…)` or `pytestmark`."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return found


def sources(*folders: str) -> list[Path]:
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "versions" not in path.parts
    ]


def functions_in(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def numbers() -> dict[str, str]:
    """What style.md holds us to, with what it wants beside what is."""
    code = sources(*PACKAGES)
    lengths = [len(lines_of(path)) for path in code]
    tests = sum(len(lines_of(path)) for path in sources("tests"))
    silenced = sum(bool(SUPPRESSION.search(line)) for path in code for line in lines_of(path))
    return {
        "modules": f"{Numbers.of(lengths)} (wanted: median 80, p95 250)",
        "functions": f"{Numbers.of([n for path in code for n in functions_in(path)])} (wanted: median 8, p95 30)",
        "suppressions": f"{1000 * silenced / max(sum(lengths), 1):.2f} per 1,000 lines (wanted: 0.5)",
        "tests": f"{tests / max(sum(lengths), 1):.2f} lines per line of source (wanted: 1.5)",
    }


def report() -> list[str]:
    missing = sorted(cited() - held() - set(LATER))
    lines = [f"{len(held())} requirements are held by tests."]
    lines += [f"cited, and held by no test: {', '.join(missing)}" if missing else "every cited one is held."]
    lines += [f"later: {requirement}, {why}" for requirement, why in LATER.items()]
    return lines + [f"{what}: {value}" for what, value in numbers().items()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
