import os
import subprocess
import sys
import time

from devserver.costs import children_of, peak_memory, seconds_of, seconds_of_family


def test_it_counts_what_a_process_and_its_children_have_cost() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ntime.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        assert child.pid in children_of(os.getpid())
        assert 0.25 <= seconds_of(child.pid) < 5
        assert seconds_of_family(os.getpid()) >= seconds_of(child.pid)
        assert 2 < peak_memory(child.pid) < 500
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]  # it was piped
    time.sleep(0)
