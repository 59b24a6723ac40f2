"""Every setting of Celery that is not its default, with its reason. Redis only wakes workers; rows hold the truth."""

from typing import Any

from workers.queues import NOW

# Longer than the longest task (a final dot may take ten minutes, RFC 5321 §4.5.3.2.6): Redis hands a message to a
# second worker after this.
VISIBILITY_TIMEOUT = 30 * 60
# A drain that hangs is ended; its rows come back with their lease.
HARD_LIMIT = 15 * 60

CELERY: dict[str, Any] = {
    # A message that a killed worker held is handed out again (O-11).
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    # One message at a time: a second one in hand would wait behind a long drain.
    "worker_prefetch_multiplier": 1,
    "task_time_limit": HARD_LIMIT,
    # Nobody reads results; what became of a mail stands in its row.
    "task_ignore_result": True,
    "result_backend": None,
    # Ids only, and nothing that could run (W-21).
    "task_serializer": "json",
    "accept_content": ["json"],
    "broker_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT, "socket_timeout": 30},
    # Redis may be away when the worker starts, and come back.
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "task_default_queue": NOW,
    "task_create_missing_queues": True,
    # What a person would read in `celery inspect` is nothing but ids; events cost and tell nobody anything.
    "worker_send_task_events": False,
    "enable_utc": True,
    "timezone": "UTC",
    # Logs are ours (structlog); Celery must not take over the root logger.
    "worker_hijack_root_logger": False,
}
