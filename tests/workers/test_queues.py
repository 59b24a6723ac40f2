import re
from pathlib import Path

import pytest

from actions.deliveries.models import Lane
from actions.registries import KINDS
from workers.queues import QUEUES
from workers.settings import CELERY


def test_each_lane_has_its_queue() -> None:
    assert set(QUEUES) == {lane.value for lane in Lane}
    assert {queue.name for queue in CELERY["task_queues"]} == set(QUEUES)


@pytest.mark.requirement("B-07")
def test_each_stream_has_a_lane_and_each_lane_a_worker_of_its_own() -> None:
    lanes = {kind.name: kind.lane for kind in KINDS}
    assert {lanes[name] for name in ("alert", "update", "newsletter")} == {Lane.BULK}
    assert {name for name, lane in lanes.items() if lane is Lane.LETTERS} == {"letter_to_target"}
    procfile = Path(__file__).parents[2].joinpath("Procfile").read_text(encoding="utf-8")
    read = re.findall(r"celery -A celery_app worker .*?-Q (\S+)", procfile)
    assert sorted(read) == sorted(lane.value for lane in Lane)
