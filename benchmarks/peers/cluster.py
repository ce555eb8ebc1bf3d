"""A PostgreSQL server of one's own for the time of a benchmark.

It lives in a temporary folder and listens on a socket in it, on no network. It runs
on the processors that its parent is bound to, and is gone afterwards.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

SERVER_USER = "postgres"
"""Who runs the server when we are root, whom PostgreSQL refuses."""

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "1GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "512MB",
}
"""What makes a throw-away server fast."""

PATIENCE_S = 30.0

SHARED = Path("/usr/share/postgresql")


def programs() -> Path | None:
    """Return the folder of the newest server's programs, or ``None`` where there is none.

    One that Debian installed counts only with PostGIS; of others it shows when they start.
    """
    debian = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (SHARED / path.parts[-3] / "extension" / "postgis.control").exists()
    ]
    found = sorted(debian, key=lambda path: int(path.parts[-3]))
    other = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(other).parent if other else None


@contextmanager
def running(threads: int) -> Iterator[psycopg.Connection]:
    """Yield a connection to a new database with PostGIS.

    Raises:
        RuntimeError: the server is not installed, or did not start.

    """
    where = programs()
    if where is None:
        raise RuntimeError("no PostgreSQL server here")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    root = os.geteuid() == 0
    as_server = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []} if root else {}
    if root:
        shutil.chown(folder, SERVER_USER, SERVER_USER)
    settings = SETTINGS | {
        "unix_socket_directories": str(folder),
        "max_parallel_workers_per_gather": str(threads - 1),
    }
    server = None
    try:
        data = folder / "data"
        subprocess.run(  # noqa: S603 - our own arguments
            [where / "initdb", "-D", data, "-U", SERVER_USER, "-A", "trust", "-N", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_server,
        )
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603
                [where / "postgres", "-D", data, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                **as_server,
            )
        with _connected(folder, server) as connection:
            connection.execute("create extension postgis")
            yield connection
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # fast shutdown: what runs is cancelled
            server.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _connected(folder: Path, server: subprocess.Popen) -> psycopg.Connection:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return psycopg.connect(
                host=str(folder), user=SERVER_USER, dbname="postgres", autocommit=True
            )
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {log[-500:]}") from error
            time.sleep(0.05)
