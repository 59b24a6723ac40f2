"""What `make run` and `make test` start on one machine: PostgreSQL and Valkey from wheels, an SMTP catcher on
loopback, the web and worker processes, and the supervisor that leaves none of them behind. No deployment needs it:
with `DATABASE_URL`, `REDIS_URL` or `SMTP_URL` given, nothing of that kind is started.
"""
