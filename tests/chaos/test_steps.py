"""`kill -9` between any two steps of one message, and a worker that sleeps through its lease: real processes each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from celery import Celery

from actions.letters.operations import EMAIL, RELEASE
from devserver.processes import end_now
from tests.chaos.doorman import Doorman, doorman
from tests.chaos.script import Kind, Step
from tests.chaos.tally import Note
from tests.chaos.world import World, running_world

WORKER, OTHER = "one", "other"
LANES = ("bulk", "letters")
PATIENCE = 40.0
LEASE_SECONDS = 2
BIG = "She has been in prison since, and nobody has told her family where. " * 900
# The most copies that a kill right there may leave behind.
BULK = {
    "claimed": 1,
    Step.CONNECT: 1,
    Step.EHLO: 1,
    Step.MAIL: 1,
    Step.RCPT: 1,
    Step.DATA: 1,
    Step.TEXT: 1,
    Step.DOT: 2,
    "250 read": 2,
    "recorded": 1,
}
# A letter that was on the wire waits for a person, arrived or not; it is reserved once there is a connection for it.
LETTER = {
    "claimed": (1, "sent"),
    Step.CONNECT: (1, "sent"),
    Step.EHLO: (1, "sent"),
    Step.MAIL: (0, "unknown"),
    Step.RCPT: (0, "unknown"),
    Step.DATA: (0, "unknown"),
    # So short a text is with the kernel as a whole, which sends it all the same.
    Step.TEXT: (1, "unknown"),
    Step.DOT: (1, "unknown"),
    "250 read": (1, "unknown"),
    "recorded": (1, "sent"),
}
# What a release writes, in this order; whoever locks it so stops whoever writes and nobody who reads.
RELEASING = ("letters", "letter_events", "deliveries", "committed")
WAIT = "UPDATE letters SET release_at = now() + interval '1 day' WHERE state = 'ready'"
# The mailing's one row once more, or a letter that never went.
AGAIN = """UPDATE deliveries SET state = 'queued', ended_at = NULL, attempts = 0, due_at = now()
    WHERE id = (SELECT min(id) FROM deliveries WHERE lane = '{}'
    AND (lane = 'bulk' OR (state = 'queued' AND attempts = 0)))"""


@dataclass
class Scene:
    """One message in each lane that can be sent again and again, a worker, and a server that stops where it is told."""

    world: World
    server: Doorman
    seen: int = 0

    def set_up(self, lane: str) -> None:
        """One due message in `lane`, and nothing else to do."""
        self.connect(
            "UPDATE deliveries SET due_at = now() + interval '1 day' WHERE state = 'queued'",
            "UPDATE mailings SET state = 'sending', ended_at = NULL WHERE launched_at IS NOT NULL",
            AGAIN.format(lane),
        )
        self.seen = len(self.server.notes)

    def connect(self, *statements: str) -> None:
        with self.connection() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connection(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.world.database_url, connect_timeout=5)

    def nudge(self, lane: str, *tasks: str) -> None:
        """To do these `tasks`, or to find and send what is due."""
        usual = (("workers.sweep.sweep", []), ("workers.deliver.drain", [lane]))
        broker = Celery("test", broker=self.world.environment["BROKER_URL"], set_as_current=False)
        with broker.connection() as connection:
            for task, words in [(task, list[str]()) for task in tasks] or usual:
                broker.send_task(task, words, queue=lane, connection=connection, ignore_result=True)

    def kill(self) -> None:
        """The child that does the work; its parent starts another."""
        before = self.children()
        end_now(before)
        self.until(lambda: bool(self.children()) and not {*before} & {*self.children()}, "another child is there")

    def children(self) -> list[psutil.Process]:
        return self.world.family(WORKER)[1:]

    def notes(self) -> list[Note]:
        return self.server.notes[self.seen :]

    def state(self, lane: str) -> str:
        """Of the message that is being sent: the one of its lane with the newest claim."""
        newest = "SELECT state FROM deliveries WHERE lane = '{}' AND due_at < now() + interval '12 hours' ORDER BY id"
        return str(self.world.rows(newest.format(lane))[-1][0])

    def set_up_release(self) -> int:
        """One letter that may be put on its way, and nothing else to do; its id."""
        self.connect("UPDATE deliveries SET due_at = now() + interval '1 day' WHERE state = 'queued'", WAIT)
        (row,) = self.ask(
            "UPDATE letters SET release_at = now() WHERE id = (SELECT min(id) FROM letters WHERE state = 'ready')"
            " RETURNING id"
        )
        self.seen = len(self.server.notes)
        return int(str(row[0]))

    def letter(self, letter_id: int) -> str:
        return str(self.ask("SELECT state FROM letters WHERE id = %s", letter_id)[0][0])

    def ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self.connection() as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def until(self, reached: Callable[[], bool], what: str, nudging: str | None = None) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline, f"not in time: {what}\n{self.world.said()}"
            if nudging:
                self.pass_time()
                self.nudge(nudging)
            time.sleep(0.3 if nudging else 0.02)

    def ends(self, lane: str, *states: str) -> None:
        self.until(lambda: self.state(lane) in states, f"{lane} ends, and not {self.state(lane)}", nudging=lane)

    def pass_time(self) -> None:
        """As if all leases had lapsed and whoever waits had waited: of those who work no more."""
        self.connect(
            "UPDATE deliveries SET lease_until = now() - interval '1 minute' WHERE lease_until IS NOT NULL",
            "UPDATE deliveries SET due_at = now() WHERE state IN ('unknown', 'deferred')",
        )

    def waits_for_lock(self) -> bool:
        return self.world.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != []

    @contextmanager
    def locked(self, statement: str) -> Iterator[None]:
        """Whoever needs what the statement locks waits meanwhile."""
        with self.connection() as connection:
            connection.execute(statement.encode())
            yield
            connection.rollback()


@pytest.fixture(scope="module")
def running_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("steps")
    folder.chmod(0o755)
    commands = {name: f"celery -A celery_app worker -Q bulk,letters -c 1 -n {name}@%h" for name in (WORKER, OTHER)}
    with (
        doorman(Kind(), folder / "tally") as server,
        running_world(folder, 0, server.port, commands=commands, LEASE=f"PT{LEASE_SECONDS}S") as world,
    ):
        prepare(world, folder)
        world.start_workers(WORKER)
        scene = Scene(world, server)
        scene.until(lambda: bool(scene.children()), "the worker is up")
        yield scene


def prepare(world: World, folder: Path) -> None:
    body = folder / "body.md"
    body.write_text(f"{BIG}\n")
    letters = ("--letters", 2 * len(LETTER), "--release", "--waiting", len(RELEASING))
    world.run_module("tests.chaos.people", "--recipients", 1, *letters, body)


@pytest.fixture
def scene(running_scene: Scene) -> Iterator[Scene]:
    yield running_scene
    running_scene.server.let_go()


def interrupt(scene: Scene, lane: str, step: str) -> None:
    """Kill the worker just there."""
    if step == "claimed":
        with scene.locked("LOCK TABLE suppressions IN ACCESS EXCLUSIVE MODE"):
            scene.nudge(lane)
            scene.until(lambda: scene.state(lane) == "claimed" and scene.waits_for_lock(), "it is claimed")
            scene.kill()
    elif step == "250 read":
        pause = scene.server.hold_at(Step.DOT)
        scene.nudge(lane)
        assert pause.reached.wait(PATIENCE), scene.world.said()
        with scene.locked("SELECT 1 FROM deliveries WHERE state = 'transmitting' FOR UPDATE"):
            scene.server.let_go()
            scene.until(scene.waits_for_lock, "its answer waits to be written down")
            scene.kill()
    elif step == "recorded":
        scene.nudge(lane)
        scene.until(lambda: scene.state(lane) == "sent", "it is sent")
        scene.kill()
    else:
        pause = scene.server.hold_at(Step(step))
        scene.nudge(lane)
        assert pause.reached.wait(PATIENCE), scene.world.said()
        scene.kill()
        scene.server.let_go()


@pytest.mark.requirement("O-06", "O-08")
@pytest.mark.parametrize("step", BULK)
def test_a_mailing_reaches_its_reader_wherever_its_worker_is_killed(scene: Scene, step: str) -> None:
    scene.set_up("bulk")
    interrupt(scene, "bulk", step)
    scene.ends("bulk", "sent")
    copies = [note for note in scene.notes() if note.verdict.is_copy]
    assert len(copies) == BULK[step]
    assert len({(note.message_id, note.sha256) for note in copies}) == 1


@pytest.mark.requirement("O-08", "L-08")
@pytest.mark.parametrize("step", LETTER)
def test_a_letter_never_goes_twice_wherever_its_worker_is_killed(scene: Scene, step: str) -> None:
    scene.set_up("letters")
    interrupt(scene, "letters", step)
    scene.ends("letters", "sent", "unknown")
    assert (len(scene.notes()), scene.state("letters")) == LETTER[step]
    assert all(note.verdict.is_copy for note in scene.notes())


def interrupt_release(scene: Scene, letter_id: int, step: str) -> None:
    if step == "committed":
        scene.nudge("letters", RELEASE)
        scene.until(lambda: scene.letter(letter_id) != "ready", "it is released")
        scene.kill()
        return
    with scene.locked(f"LOCK TABLE {step} IN SHARE MODE"):
        scene.nudge("letters", RELEASE)
        scene.until(scene.waits_for_lock, f"its {step} waits to be written down")
        scene.kill()


@pytest.mark.requirement("O-08", "L-08")
@pytest.mark.parametrize("step", RELEASING)
def test_a_letter_goes_once_wherever_its_worker_is_killed_as_it_releases_it(scene: Scene, step: str) -> None:
    letter_id = scene.set_up_release()
    interrupt_release(scene, letter_id, step)
    if step != "committed":
        assert scene.letter(letter_id) == "ready"
    scene.nudge("letters", RELEASE)
    scene.until(lambda: scene.letter(letter_id) in {"sent", "unknown"}, "it ends", nudging="letters")
    copies = [note.verdict.is_copy for note in scene.notes()]
    if step == "committed" and scene.letter(letter_id) == "unknown":
        # The kill met it on the wire: it waits for a person.
        assert copies in ([], [True])
    else:
        assert (scene.letter(letter_id), copies) == ("sent", [True])
    mails = scene.ask("SELECT 1 FROM deliveries WHERE kind = %s AND about_id = %s", EMAIL, letter_id)
    released = scene.ask("SELECT 1 FROM letter_events WHERE after = 'released' AND letter_id = %s", letter_id)
    assert len(released) == len(mails) == 1


@pytest.mark.requirement("O-05")
@pytest.mark.parametrize("step", ["claimed", Step.MAIL, Step.DATA])
def test_a_worker_that_sleeps_through_its_lease_does_not_send(scene: Scene, step: str) -> None:
    """Another takes its batch over meanwhile."""
    scene.set_up("bulk")
    scene.until(lambda: bool(scene.children()), "the worker is up")
    (sleeper,) = scene.children()
    put_to_sleep(scene, sleeper, step)
    scene.world.start_workers(OTHER)
    time.sleep(LEASE_SECONDS)
    try:
        scene.ends("bulk", "sent")
        sleeper.resume()
        scene.server.let_go()
        time.sleep(2.0)
    finally:
        scene.world.end_workers(OTHER)
        if sleeper.is_running():
            sleeper.resume()
    assert [note.verdict.is_copy for note in scene.notes()] == [True]
    assert scene.state("bulk") == "sent"


def put_to_sleep(scene: Scene, sleeper: psutil.Process, step: str) -> None:
    if step == "claimed":
        with scene.locked("LOCK TABLE suppressions IN ACCESS EXCLUSIVE MODE"):
            scene.nudge("bulk")
            scene.until(lambda: scene.state("bulk") == "claimed" and scene.waits_for_lock(), "it is claimed")
            sleeper.suspend()
    else:
        pause = scene.server.hold_at(Step(step))
        scene.nudge("bulk")
        assert pause.reached.wait(PATIENCE), scene.world.said()
        sleeper.suspend()


@pytest.mark.requirement("O-04")
def test_who_leaves_between_the_launch_and_the_claim_gets_nothing(scene: Scene) -> None:
    scene.set_up("bulk")
    scene.connect("UPDATE subscriptions SET state = 'left', left_at = now()")
    try:
        scene.ends("bulk", "suppressed")
        assert scene.notes() == []
    finally:
        scene.connect("UPDATE subscriptions SET state = 'active', left_at = NULL")
