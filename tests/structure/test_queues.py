"""Every queue is read, every nudge has its task, every periodic job exists, and a task carries ids only."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest
from celery import Celery, Task

from actions.deliveries.models import Lane
from devserver.run import procfile
from tests.structure.tree import ROOT, modules
from workers.schedule import BEAT

LANES = {lane.value for lane in Lane}
# What a task may be given: a row's id, or the name of a lane.
IDS = {"int", "str"}


@pytest.fixture(scope="module")
def app() -> Celery:
    bound: Celery = import_module("workers.binding").app
    bound.loader.import_default_modules()
    return bound


def tasks(app: Celery) -> dict[str, Task]:
    return {name: task for name, task in app.tasks.items() if name.startswith("workers.")}


def queues_read() -> set[str]:
    return {
        queue
        for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
        for queues in re.findall(r"celery .*worker .*-Q (\S+)", line)
        for queue in queues.split(",")
    }


def test_every_lane_has_a_worker() -> None:
    assert queues_read() == LANES


def test_the_development_server_starts_what_a_deployment_starts() -> None:
    programs = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert set(procfile()) == {line.split(":")[0] for line in programs}
    assert {"web", "beat", *(f"worker-{lane}" for lane in LANES)} == set(procfile())


def test_every_nudge_names_a_task_that_exists(app: Celery) -> None:
    named = {name for _, name in names_of_tasks()}
    assert named
    assert named - set(tasks(app)) == set()


def names_of_tasks() -> Iterator[tuple[str, str]]:
    for module in modules("actions"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and re.fullmatch(r"workers(\.\w+)+", str(node.value)):
                yield module.name, node.value


def test_every_queue_that_a_task_is_sent_to_is_a_lane(app: Celery) -> None:
    asked = {str(value.get("queue")) for value in dict(app.conf.task_routes or {}).values()}
    assert asked <= LANES
    assert app.conf.task_default_queue in LANES
    assert {entry["options"]["queue"] for entry in BEAT.values()} <= LANES


def test_every_periodic_job_exists(app: Celery) -> None:
    assert BEAT
    assert {entry["task"] for entry in BEAT.values()} - set(tasks(app)) == set()


@pytest.mark.requirement("W-21")
def test_a_task_is_given_ids_and_nothing_else(app: Celery) -> None:
    assert tasks(app)
    for name, task in tasks(app).items():
        for parameter in inspect.signature(task.run).parameters.values():
            kind = parameter.annotation
            assert (kind if isinstance(kind, str) else kind.__name__) in IDS, f"{name}({parameter})"


@pytest.mark.requirement("W-21")
def test_only_json_goes_over_the_wire_and_no_result_comes_back(app: Celery) -> None:
    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result


def test_every_task_is_in_the_module_that_its_name_says(app: Celery) -> None:
    for name, task in tasks(app).items():
        module: ModuleType = import_module(name.rpartition(".")[0])
        assert getattr(module, name.rpartition(".")[2]).name == task.name
