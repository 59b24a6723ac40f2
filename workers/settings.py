"""How the workers' side of Celery is set, and why (O-11, W-21). The producers' side is actions/outbox.py."""

from typing import Any

from kombu import Queue

from workers.queues import NOW, QUEUES

# A final dot may take ten minutes, and a lane claims for one.
LONGEST_TASK = 15 * 60

CELERY: dict[str, Any] = {
    # Acknowledged when done and not when begun: a worker that dies leaves its nudge to another. Done twice is harmless.
    "task_acks_late": True,
    # Without this the loss of a child process counts as done.
    "task_reject_on_worker_lost": True,
    # And at once: Celery would keep the dead child's place empty for ten seconds, for a result that it may have left.
    "worker_lost_wait": 0.5,
    # A worker reserves no nudge that another could take; a drain may last a minute.
    "worker_prefetch_multiplier": 1,
    # What became of it stands in the ledger.
    "task_ignore_result": True,
    # Never pickle: whoever can write to the broker must not be able to run code here.
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    # With a key of its own: without one Celery gives every queue the default one, and each nudge would wake all lanes.
    "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
    "task_default_queue": NOW,
    "task_create_missing_queues": False,
    # A relay or a database that hangs for ever must not hold a lane for ever.
    "task_time_limit": LONGEST_TASK,
    "broker_transport_options": {
        # Redis gives a nudge to another worker when nobody has acknowledged it for so long: longer than any task.
        "visibility_timeout": 2 * LONGEST_TASK,
        # A half-open connection must not silence a worker. Longer than the second for which it listens at a time.
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    # A broker that is away at the start, or for a day, is waited for.
    "broker_connection_retry": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 5,
    # A task in flight goes on when the broker is lost; its nudge comes again, which is harmless.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # Nobody listens to events or remote commands, and a command could stop a worker.
    "worker_send_task_events": False,
    "worker_enable_remote_control": False,
    # structlog writes the log; Celery leaves the root logger alone.
    "worker_hijack_root_logger": False,
    # What is due is known from the rows, so beat has nothing to remember in a file.
    "beat_scheduler": "celery.beat:Scheduler",
    "enable_utc": True,
    "timezone": "UTC",
}
