"""Which tests keep to one test process, because what they stand on is started once in each that needs it."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

# Folder -> what its tests stand on. The marks of pytest-xdist mean nothing since pytest 9.2: its 3.8 writes them
# into the name of a test, which pytest now keeps elsewhere.
TOGETHER = {
    "browser": "the stage",
    "journeys": "the stage",
    "faults": "the service that is torn down",
    "chaos": "the machine",
}


class Scheduling(LoadScopeScheduling):
    """Every test goes to whoever is free, but those that stand on the same go to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    folders = PurePosixPath(nodeid.partition("::")[0]).parts
    return next((TOGETHER[folder] for folder in folders if folder in TOGETHER), nodeid)
