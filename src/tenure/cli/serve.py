"""``tenure serve`` and its parts: the web application, the workers, the scheduler."""

import os
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from tenure.cli import django_setup
from tenure.cli.ending import fail

console = Console(stderr=True)
Host = Annotated[str, typer.Option(help="Address to listen on. Other than 127.0.0.1: name your host in TENURE_HOSTS.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
PATIENCE = 20  # seconds that a part has for what it is doing when it is told to end
QUICK = 5  # a part that ends sooner than this after its start is broken
FRUGAL = {
    "MALLOC_ARENA_MAX": "1",
    "POLARS_MAX_THREADS": "1",
}  # a web process explains one account at a time: threads would only hold memory
MOST_TASKS = 200  # a worker begins anew after so many: its memory goes back


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    for command in (serve, web, worker, scheduler, migrate):
        app.command()(command)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes for background work.")] = 1,
) -> None:
    """Bring the database up to date and run everything: web, workers and scheduler. Ctrl-C ends all of them."""
    _refuse_taken(host, port)
    os.environ.setdefault("TENURE_URL", f"http://127.0.0.1:{port}")  # for links in mails
    migrate()
    parts = {"web": ["web", "--host", host, "--port", str(port)], "scheduler": ["scheduler"]}
    parts |= {f"worker {number}" if workers > 1 else "worker": ["worker"] for number in range(1, workers + 1)}
    console.print(f"Tenure is at [bold]http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}[/bold] – Ctrl-C ends it.")  # noqa: S104
    raise typer.Exit(Supervisor(parts).run())


def web(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Requests that one process answers at a time.")] = 4,
) -> None:
    """Serve the web application only."""
    _refuse_taken(host, port)
    os.environ.setdefault("TENURE_URL", f"http://127.0.0.1:{port}")
    for name, value in FRUGAL.items():  # the server's processes read them when they start
        os.environ.setdefault(name, value)
    django_setup()
    import_module("django.conf").settings.STATIC_ROOT.mkdir(
        parents=True, exist_ok=True
    )  # whitenoise warns of a folder that isn't there
    granian = import_module("granian")
    server = granian.Granian(
        target="tenure.wsgi:application", address=host, port=port, interface="wsgi", workers=processes, blocking_threads=threads,
        log_access=False, log_level="warning",
    )  # fmt: skip
    server.serve()


def worker() -> None:
    """Do background work: daily runs, imports. Any number of workers may run."""
    django_setup()
    import_module("tenure.runs.beat").begin()
    call = import_module("django.core.management").call_command
    call("db_worker", interval=1.0, max_tasks=MOST_TASKS, startup_delay=False, verbosity=0)


def scheduler() -> None:
    """Start what time triggers: the daily run (TENURE_DAILY_AT, local time), runs left lying, mails. One is enough; two do no harm."""
    django_setup()
    scheduling = import_module("tenure.runs.scheduler")
    try:
        scheduling.daily_at()
    except ValueError:
        fail(f"TENURE_DAILY_AT is '{os.environ.get('TENURE_DAILY_AT')}': it is a time like 04:00, or blank")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    scheduling.run_forever()


def migrate() -> None:
    """Make the database, or bring it up to this version."""
    django_setup()
    call = import_module("django.core.management").call_command
    call("migrate", verbosity=0)
    call("createcachetable", verbosity=0)


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"{host}:{port} can't be listened on: {error.strerror}. Choose another with --port")


class Supervisor:
    """Child processes of this one: started, started again when they end by themselves, ended with this one."""

    def __init__(self, parts: dict[str, list[str]]) -> None:
        self.parts = parts
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.since: dict[str, float] = {}
        self.ending = False

    def run(self) -> int:
        """Until a signal comes (0) or a part can't be kept running (1)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        broken = 0
        for name in self.parts:
            self._start(name)
        while not self.ending and not broken:
            time.sleep(0.3)
            for name in [name for name, child in self.children.items() if child.poll() is not None]:
                broken = broken or self._ended(name)
        self._stop()
        return broken

    def _start(self, name: str) -> None:
        # A session of its own: Ctrl-C reaches this process alone, which ends the parts in good order.
        command = [sys.executable, "-m", "tenure", *self.parts[name]]
        self.children[name], self.since[name] = subprocess.Popen(command, start_new_session=True), time.monotonic()  # noqa: S603

    def _ended(self, name: str) -> int:
        if self.ending:
            return 0
        status = self.children[name].returncode
        if status and time.monotonic() - self.since[name] < QUICK:
            console.print(f"[red]{name} ended with status {status} right after its start.[/red]")
            return 1
        if status:
            console.print(f"{name} ended with status {status}: starting it again.")
        self._start(name)
        return 0

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.ending = True

    def _stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + PATIENCE
        for child in self.children.values():
            try:
                child.wait(timeout=max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
