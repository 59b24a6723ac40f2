from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.house import House, running_house


@pytest.fixture(scope="session")
def one_house(session_folder: Path) -> Iterator[House]:
    """One test process starts it (tests/factories/scheduling.py)."""
    with running_house(session_folder / "house") as house:
        yield house


@pytest.fixture
def house(one_house: House) -> Iterator[House]:
    yield one_house
    one_house.put_right()
