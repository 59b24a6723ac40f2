"""HTTP in, worker, MIME out: nothing of ours is replaced."""

import pytest

from devserver.journeys import JOURNEYS, Journey
from tests.factories.stage import RunningStage


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_the_journey_goes_as_its_sentence_says(stage: RunningStage, journey: Journey) -> None:
    """Fails with the sentence of what was expected and what came instead."""
    assert journey(stage)
