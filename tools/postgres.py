"""A private PostgreSQL server for tests and benchmarks: own data folder, free port, loopback only, gone afterwards.

``python -m tools.postgres COMMAND ...`` runs a command with ``DATABASE_URL`` set to such a server.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tools import machine

# Speed over safety: the data live as long as the command. Benchmarks pass `durable=True`.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=on",
    "max_wal_size=4GB",
    "shared_buffers=128MB",
)
DURABLE = ("max_wal_size=4GB", "shared_buffers=128MB")


@contextmanager
def private(*, durable: bool = False) -> Iterator[str]:
    """Start a server and yield its ``DATABASE_URL`` (a database ``tenure``, empty). Raises ``machine.Missing``."""
    programs = machine.postgres_bin()
    folder = Path(tempfile.mkdtemp(prefix="tenure-postgres-"))
    server = None
    try:
        url, server = _start(programs, folder, DURABLE if durable else FAST)
        _refuse_if_not_ours(url, folder / "data")
        with psycopg.connect(_maintenance(url), autocommit=True) as connection:
            connection.execute("create database tenure")
        yield url
    finally:
        if server:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """Arguments that make a child run as the user ``postgres`` when we are root: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}


def _start(programs: Path, folder: Path, options: tuple[str, ...]) -> tuple[str, "subprocess.Popen[bytes]"]:
    """Initdb and postgres in ``folder``; returns the address and the running server."""
    child, data, password = _account(), folder / "data", secrets.token_urlsafe(18)
    secret, log = folder / "password", folder / "server.log"
    secret.write_text(password)
    if child:
        for path in (folder, secret):
            os.chown(path, child["user"], child["group"])
    options_of_initdb = ("-U", "tenure", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "-N")
    command = [str(programs / "initdb"), "-D", str(data), *options_of_initdb]
    made = subprocess.run(command, capture_output=True, text=True, check=False, **child)
    if made.returncode:
        raise machine.Missing(f"initdb failed: {made.stderr.strip()}")
    port = _free_port()
    settings = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", *options]
    arguments = [part for setting in settings for part in ("-c", setting)]
    with log.open("wb") as out:
        server = subprocess.Popen([programs / "postgres", "-D", data, *arguments], stdout=out, stderr=out, **child)
    url = f"postgresql://tenure:{password}@127.0.0.1:{port}/tenure"
    _wait(url, server, log)
    return url, server


def _maintenance(url: str) -> str:
    """The address of the database ``postgres`` of the same server."""
    return url.rpartition("/")[0] + "/postgres"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(_maintenance(url), connect_timeout=2).close()
            return
        time.sleep(0.1)
    _stop(server)
    raise machine.Missing(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")


def _refuse_if_not_ours(url: str, data: Path) -> None:
    """Never write to somebody else's server that happens to listen there."""
    with psycopg.connect(_maintenance(url)) as connection:
        row = connection.execute("show data_directory").fetchone()
    if not row or Path(row[0]).resolve() != data.resolve():
        raise machine.Missing(f"The server on this port keeps its data in {row and row[0]}, not in {data}.")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """End the server that we started, by its pid: SIGINT closes connections and shuts down."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def main(command: list[str]) -> int:
    """Run a command with ``DATABASE_URL``; its exit status."""
    if not command:
        print(__doc__)
        return 2
    try:
        with private() as url:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    except machine.Missing as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server goes away with us
    sys.exit(main(sys.argv[1:]))
