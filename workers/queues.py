"""The queues and who reads them: one worker process per lane (Procfile). A test holds that each has a reader."""

from actions.deliveries.models import Lane

NOW = Lane.NOW.value
LETTERS = Lane.LETTERS.value
BULK = Lane.BULK.value
QUEUES = (NOW, LETTERS, BULK)
