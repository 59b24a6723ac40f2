import pytest
from celery.schedules import crontab

from workers.queues import QUEUES
from workers.schedule import JOBS
from workers.settings import CELERY, LONGEST_TASK


@pytest.mark.requirement("O-11")
def test_a_worker_that_dies_leaves_its_nudge_to_another() -> None:
    assert CELERY["task_acks_late"]
    assert CELERY["task_reject_on_worker_lost"]
    assert CELERY["worker_lost_wait"] <= 1
    assert CELERY["worker_prefetch_multiplier"] == 1
    assert CELERY["task_ignore_result"]


@pytest.mark.requirement("W-21")
def test_nothing_but_json_is_read_from_the_broker() -> None:
    assert CELERY["accept_content"] == ["json"]
    assert {CELERY["task_serializer"], CELERY["result_serializer"]} == {"json"}


@pytest.mark.requirement("O-11")
def test_redis_gives_a_nudge_away_again_only_after_the_longest_task() -> None:
    assert CELERY["broker_transport_options"]["visibility_timeout"] > LONGEST_TASK
    assert CELERY["task_time_limit"] == LONGEST_TASK


@pytest.mark.requirement("B-61")
def test_a_final_dot_may_take_ten_minutes() -> None:
    assert LONGEST_TASK > 600 + 60


@pytest.mark.requirement("O-11", "O-12")
def test_no_job_waits_longer_in_the_queue_than_the_broker_remembers() -> None:
    for job in JOBS:
        assert isinstance(job.every, crontab) or job.every.total_seconds() <= 3600
        assert job.queue in QUEUES
