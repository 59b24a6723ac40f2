"""The Celery processes: they turn rows into mail on the wire, and do what is done by the clock."""
