"""A demo company on a web server of its own, for pictures and for measuring: built in a temporary folder, gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Site:
    """Address of the server, its process, and the folder with the company's data."""

    url: str
    pid: int
    home: Path


@contextmanager
def serving(accounts: int) -> Iterator[Site]:
    """Build a demo company of that many accounts and serve it on a free port of this machine."""
    with tempfile.TemporaryDirectory(prefix="tenure-site-") as folder:
        env = {**os.environ, "TENURE_HOME": folder, "TENURE_SECRET_KEY": "only-for-a-demo"}
        command = [str(Path(sys.executable).with_name("tenure"))]
        subprocess.run([*command, "demo", "--no-serve", "--accounts", str(accounts), "--home", folder], env=env, check=True)
        port = _free_port()
        server = subprocess.Popen([*command, "web", "--port", str(port)], env=env, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server)
            yield Site(url, server.pid, Path(folder))
        finally:
            _stop(server)


def family(pid: int) -> list[int]:
    """A process and its children at any depth (Linux)."""
    found = [pid]
    for parent in found:
        for listed in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in listed.read_text().split()]
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/login/", timeout=2).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The web server did not start.")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """End the server and what it started: it leads a process group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
