from collections.abc import Iterator

import pytest
from celery.worker import state
from kombu import Connection, Queue
from kombu.message import Message

from workers import deliver
from workers.binding import AppTask, celery
from workers.nudges import Nudge


@pytest.fixture
def message() -> Iterator[Message]:
    """Of a broker in memory, taken and not yet answered."""
    with Connection("memory://") as connection:
        queue = Queue("nudges", channel=connection.default_channel)
        queue.declare()
        headers = {"id": "1", "task": "workers.deliver.drain", "lang": "py"}
        with connection.Producer() as producer:
            producer.publish([["bulk"], {}, {}], routing_key="nudges", headers=headers)
        taken = queue.get()
        assert taken is not None
        yield taken


@pytest.fixture(autouse=True)
def no_stop() -> Iterator[None]:
    yield
    state.should_stop = None


def nudge(message: Message) -> Nudge:
    return Nudge(
        message,
        app=celery,
        task=deliver.drain,
        on_ack=message.ack_log_error,
        on_reject=message.reject_log_error,
        connection_errors=(ConnectionError,),
        body=message.payload,
        headers=message.headers,
        decoded=True,
        utc=True,
    )


def test_every_task_is_held_as_one() -> None:
    assert AppTask.Request == f"{Nudge.__module__}:{Nudge.__name__}"


def test_an_answered_nudge_changes_nothing(message: Message) -> None:
    nudge(message).acknowledge()
    assert state.should_stop is None


@pytest.mark.requirement("O-11")
@pytest.mark.parametrize("answer", ["acknowledge", "reject"])
def test_a_worker_whose_answer_the_broker_did_not_take_ends(message: Message, answer: str) -> None:
    """It would wait for ever for the broker to take it, and take no other nudge."""

    class Away:
        def basic_ack(self, *_: object, **__: object) -> None:
            raise ConnectionError

        basic_reject = basic_ack
        no_ack_consumers: frozenset[str] = frozenset()

    message.channel = Away()
    getattr(nudge(message), answer)()
    assert state.should_stop
