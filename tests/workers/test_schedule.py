from datetime import timedelta

import pytest
from celery.schedules import crontab

from workers.schedule import BEAT, JOBS, REPAIRS, TASK_MODULES, paced


@pytest.mark.requirement("O-12")
def test_the_sweep_runs_at_least_once_a_minute() -> None:
    (sweep,) = (job for job in JOBS if job.task == "workers.sweep.sweep")
    assert isinstance(sweep.every, timedelta)
    assert sweep.every <= timedelta(seconds=60)


def test_a_run_that_nobody_took_is_dropped() -> None:
    for job in JOBS:
        expires = BEAT[job.task]["options"]["expires"]
        assert expires == (3600 if isinstance(job.every, crontab) else 60)


def test_the_module_of_every_job_is_loaded() -> None:
    assert {job.task.rpartition(".")[0] for job in JOBS} <= set(TASK_MODULES)


def test_the_repairs_run_at_the_pace_that_the_settings_name_and_nothing_else_does() -> None:
    table = paced(2.5)
    assert table.keys() == BEAT.keys()
    assert {task for task in table if table[task] != BEAT[task]} == set(REPAIRS)
    assert {table[task]["schedule"] for task in REPAIRS} == {timedelta(seconds=2.5)}
