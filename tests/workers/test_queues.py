from actions.deliveries.models import Lane
from workers.queues import QUEUES
from workers.settings import CELERY


def test_each_lane_has_its_queue() -> None:
    assert set(QUEUES) == {lane.value for lane in Lane}
    assert {queue.name for queue in CELERY["task_queues"]} == set(QUEUES)
