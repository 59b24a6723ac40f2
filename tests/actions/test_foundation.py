import subprocess
import sys

from actions.config import Settings
from actions.confirmations.handlers import handler_of
from actions.deliveries.kinds import kind_of
from actions.foundation import create_foundation

IMPORTED = """
import sys
from actions.foundation import create_foundation
import workers.schedule, importlib
for name in workers.schedule.TASK_MODULES:
    importlib.import_module(name)
print(*sorted(sys.modules))
"""
# What the desk and the public pages need, and what a worker would carry about for nothing.
SCREENS = {"actions.app", "actions.blueprints", "alembic", "qrcode", "typst", "PIL"}


def test_the_foundation_knows_every_kind_and_has_no_screen(settings: Settings) -> None:
    bare = create_foundation(settings)
    assert handler_of("signature").kind == "signature"
    assert kind_of("confirmation").name == "confirmation"
    assert not bare.blueprints


def test_a_worker_loads_no_screen() -> None:
    loaded = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True).stdout.split()
    assert "workers.deliver" in loaded
    assert not SCREENS & set(loaded)
    assert not [name for name in loaded if name.startswith("actions.") and name.endswith((".views", ".desk"))]
