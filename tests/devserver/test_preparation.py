import os
import subprocess
import sys
from pathlib import Path

from devserver.postgres import create_database, drop_database


def prepare(settings: dict[str, str], *commands: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devserver.preparation", *commands],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_commands_run_one_after_the_other(postgres_url: str, redis_url: str, tmp_path: Path, worker_id: str) -> None:
    name = f"clarion_prepared_{worker_id}"
    drop_database(postgres_url, name)
    settings = {
        "DATABASE_URL": create_database(postgres_url, name),
        "REDIS_URL": redis_url,
        "BASE_URL": "http://localhost:8000",
        "MAIL_FROM": "hello@open-door.test",
        "BOUNCE_DOMAIN": "bounce.open-door.test",
        "SMTP_URL": "smtp://127.0.0.1:9?tls=none",
        "SECRET_KEYS": "test-secret-0123456789abcdefghijklmnop",
        "ENCRYPTION_KEYS": "test-encryption-0123456789abcdefghijkl",
        "MEDIA_DIR": str(tmp_path / "media"),
    }
    ran = prepare(settings, "db upgrade", "db current", "pages count")
    assert ran.returncode == 0, ran.stderr
    assert "(head)" in ran.stdout, "the second saw what the first had done"
    assert prepare(settings, "no such-command").returncode == 1
    drop_database(postgres_url, name)
