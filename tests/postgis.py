"""A PostGIS server of the tests' own: on a free port of this machine, gone with the tests."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

START_S = 60
"""Seconds for a server to come up."""

WATCHED = """
folder=$1
shift
"$@" >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$folder"
"""
"""A shell that stops the server and removes its folder when its input ends: also when the
tests are killed, for then nobody holds the other end."""


@dataclass(frozen=True)
class Server:
    """A running server; ``password`` is that of its superuser ``postgres``."""

    port: int
    password: str
    binaries: Path

    def url(self, database: str, user: str = "postgres", password: str | None = None) -> str:
        """Return a connection string; ``password=""`` leaves it out."""
        word = self.password if password is None else password
        secret = f":{quote(word, safe='')}" if word else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def run(self, database: str, *statements: object) -> list[tuple]:
        """Run statements, each committed by itself, and return the rows of the last."""
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.url(database), autocommit=True, client_encoding="utf8") as made:
            for statement in statements:
                cursor = made.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = "postgis", options: str = "") -> str:
        """Make a database with PostGIS, or of another template, and return its string."""
        name = database.replace('"', '""')
        self.run("postgres", f'DROP DATABASE IF EXISTS "{name}"',
                 f'CREATE DATABASE "{name}" TEMPLATE {template} {options}')  # fmt: skip
        return self.url(database)


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[Server]:
    """A PostGIS server; the tests skip where there is none, and fail where CI is set."""
    binaries, missing = _found()
    if missing:
        message = f"LOUD SKIP: 没有找到 {missing}，PostGIS 数据库没有测试。"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with running(binaries) as server:
        yield server


def _found() -> tuple[Path, str]:
    """Return the newest server's programs with PostGIS, and what is missing."""
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    places = sorted(versions, key=lambda path: float(path.parent.name))
    if program := shutil.which("initdb"):
        places.insert(0, Path(program).resolve().parent)
    usable = [path for path in places if _has_postgis(path)]
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError:
        return Path(), "psycopg"
    if usable:
        return usable[-1], ""
    return Path(), "PostGIS" if places else "PostgreSQL"


def _has_postgis(binaries: Path) -> bool:
    asked = subprocess.run(
        [binaries / "pg_config", "--sharedir"], capture_output=True, text=True, check=False
    )
    shared = Path(asked.stdout.strip()) if asked.returncode == 0 else Path("/nowhere")
    shares = (shared, Path("/usr/share/postgresql") / binaries.parent.name)
    return any((share / "extension" / "postgis.control").exists() for share in shares)


@contextmanager
def running(binaries: Path) -> Iterator[Server]:
    """Run a new server with the database ``postgis``, from which others are copied."""
    folder = Path(tempfile.mkdtemp(prefix="postgis"))
    password = secrets.token_urlsafe(24)
    owner = _owner()
    try:
        (folder / "password").write_text(password, encoding="utf-8")
        for path in (folder, folder / "password") if owner else ():
            shutil.chown(path, owner["user"], owner["group"])
        subprocess.run(
            [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256",
             f"--pwfile={folder / 'password'}", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **owner,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCHED, "sh", folder, binaries / "postgres", "-D", folder / "data",
             "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1",
             "-c", "fsync=off", "-c", "lc_messages=C"],
            stdin=subprocess.PIPE, start_new_session=True, cwd="/", **owner,
        )  # fmt: skip
        try:
            server = Server(port, password, binaries)
            _wait(server, watch, folder)
            server.run("postgres", "CREATE DATABASE postgis")
            server.run("postgis", "CREATE EXTENSION postgis")
            yield server
        finally:
            watch.stdin.close()
            watch.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> dict[str, object]:
    """Return who runs the server: oneself, or ``postgres`` where one is root (it refuses root)."""
    if os.geteuid():
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait(server: Server, watch: subprocess.Popen, folder: Path) -> None:
    import psycopg  # noqa: PLC0415

    end = time.monotonic() + START_S
    while True:
        try:
            server.run("postgres", "SELECT 1")
        except psycopg.OperationalError:
            if watch.poll() is not None or time.monotonic() > end:
                log = folder / "log"
                sys.stderr.write(log.read_text(encoding="utf-8") if log.exists() else "")
                raise
            time.sleep(0.1)
        else:
            return
