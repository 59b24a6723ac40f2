"""What a fault excuses: what was past the dot in its time, and nothing else."""

from pathlib import Path

from tests.chaos.sending_log import SendingLog


def write(folder: Path, pid: int, *lines: str) -> None:
    with (folder / f"{pid}.log").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_only_what_was_open_at_the_fault_is_excused(tmp_path: Path) -> None:
    log = SendingLog(tmp_path)
    write(tmp_path, 1, "dot 1 <1@x>", "rec 1 sent", "dot 2 <2@x>")
    begin = log.mark()
    write(tmp_path, 1, "dot 3 <3@x>", "rec 2 sent")
    log.note(begin)
    write(tmp_path, 1, "rec 3 sent", "dot 4 <4@x>")
    assert log.excused() == {2: 1, 3: 1}


def test_a_kill_excuses_what_its_own_process_did(tmp_path: Path) -> None:
    log = SendingLog(tmp_path)
    write(tmp_path, 1, "dot 1 <1@x>")
    write(tmp_path, 11, "dot 2 <2@x>")
    log.note(log.mark(), 1)
    assert log.excused() == {1: 1}


def test_each_try_is_excused_by_itself_and_once(tmp_path: Path) -> None:
    log = SendingLog(tmp_path)
    write(tmp_path, 1, "dot 1 <1@x>", "rec 1 unknown", "dot 1 <1@x>")
    log.note(log.mark(), 1)
    log.note(log.mark(), 1)
    assert log.excused() == {1: 1}
    write(tmp_path, 2, "dot 1 <1@x>")
    log.note(log.mark(), 2)
    assert log.excused() == {1: 2}
