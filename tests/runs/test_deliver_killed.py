"""Deliverers that are killed at random moments, and several at once: every mail goes, and goes once as far as anybody can know.

The mail server is a real one (in this process), the deliverers are processes that end by SIGKILL. What the server has taken is counted by
Message-ID. A mail may reach the server twice only when its deliverer died between the server's taking it and writing that down; such a
second copy has the same Message-ID. Files, which have names, are there once whatever happens.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import Notice
from tenure.runs import deliver
from tests import mailserver
from tests.world import AT, World

pytestmark = pytest.mark.django_db(transaction=True)
MAILS, ROUNDS = 60, 5
NOW = AT + timedelta(days=1, hours=6)  # by day in Berlin and in New York
ROOT = Path(__file__).resolve().parents[2]


def database() -> str:
    """The address of the test's database, for other processes."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    login = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgresql://{login}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def fill(world: World) -> None:
    """Mails that are due: single ones, and four digests."""
    people = [world.tam, world.mona, world.tessa, world.ari]
    notices.queue([Letter(people[n % 4].pk, "run_failed", f"Run {n} failed", f"run:{n}") for n in range(MAILS)], at=AT)
    notices.queue([Letter(user.pk, "cta", f"Call {n}", f"cta:{user.pk}:{n}") for user in people for n in range(3)], at=AT)


class Deliverers:
    """A process that forks deliverers."""

    def __init__(self, **environment: str) -> None:
        known = {
            **os.environ,
            "DATABASE_URL": database(),
            "TENURE_HOME": str(settings.HOME),
            "PYTHONPATH": f"{ROOT}/src:{ROOT}",
            **environment,
        }
        command = [sys.executable, "-m", "tests.runs.deliverer"]
        self.process = subprocess.Popen(command, env=known, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._said() == "ready"

    def start(self, count: int, now: datetime) -> list[int]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count} {now.isoformat()}\n")
        self.process.stdin.flush()
        return [int(pid) for pid in self._said().split()]

    def ended(self) -> list[int]:
        return [int(status) for status in self._said().split()]

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def deliverers(**environment: str) -> Iterator[Deliverers]:
    made = Deliverers(**environment)
    try:
        yield made
    finally:
        made.process.communicate(timeout=60)  # nothing more to read: it ends


def killed_at_random(gone: Callable[[], int], **environment: str) -> int:
    """Start two deliverers and kill each at a random moment once a mail has ``gone``, again and again while mails wait; then let two finish.
    Returns how many were killed."""
    chance, now, killed = random.Random(2026), NOW, 0
    with deliverers(**environment) as them:
        for _ in range(ROUNDS):
            if not Notice.objects.filter(channel="mail").exclude(state="delivered").exists():
                break
            before, until = gone(), time.monotonic() + 30
            pids = them.start(2, now)
            while gone() == before and time.monotonic() < until:
                time.sleep(0.005)
            for pid in pids:
                time.sleep(chance.random() * 0.15)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            killed += them.ended().count(-signal.SIGKILL)
            now += deliver.LEASE  # what they held is free again
        them.start(2, now)
        assert them.ended() == [0, 0]
    return killed


def assert_all_delivered() -> None:
    rows = Notice.objects.filter(channel="mail")
    assert set(rows.values_list("state", flat=True)) == {"delivered"}
    assert (rows.filter(kind="digest").count(), rows.count()) == (4, MAILS + 12 + 4)
    assert set(rows.filter(kind="cta").values_list("attempts", flat=True)) == {0}  # they went in their digests


def test_every_mail_is_taken_once_however_often_deliverers_die(world: World) -> None:
    fill(world)
    with mailserver.running(slow=0.03) as server:
        killed = killed_at_random(lambda: len(server.mails), TENURE_MAIL_HOST="127.0.0.1", TENURE_MAIL_PORT=str(server.port))
        taken = Counter(str(mail["Message-ID"]) for mail in server.mails)

    assert_all_delivered()
    expected = set(Notice.objects.exclude(message_id="").values_list("message_id", flat=True))
    assert set(taken) == expected
    assert len(expected) == MAILS + 4
    again = {name for name, count in taken.items() if count > 1}
    # Each who dies holds one mail at most, so at most so many copies; and each copy is of a mail that was tried more than once.
    assert sum(taken.values()) - len(taken) <= killed
    assert again <= set(Notice.objects.filter(attempts__gt=1).values_list("message_id", flat=True))
    assert Notice.objects.filter(channel="mail", attempts__gt=1).count() > 0  # somebody did die with a mail in hand


def test_a_mail_that_is_a_file_is_there_once_however_often_deliverers_die(world: World) -> None:
    fill(world)
    folder = Path(settings.HOME) / "mails"
    before = set(folder.glob("*.eml")) if folder.exists() else set()

    killed = killed_at_random(lambda: len(list(folder.glob("*.eml"))), TENURE_MAIL_HOST="")

    assert killed > 0
    assert_all_delivered()
    files = set(folder.glob("*.eml")) - before
    names = [str(message_from_bytes(file.read_bytes())["Message-ID"]) for file in files]
    assert sorted(names) == sorted(Notice.objects.exclude(message_id="").values_list("message_id", flat=True))
    assert len(names) == MAILS + 4


def test_four_deliverers_at_once_send_each_mail_once(world: World) -> None:
    fill(world)
    with mailserver.running(slow=0.01) as server:
        environment = {"TENURE_MAIL_HOST": "127.0.0.1", "TENURE_MAIL_PORT": str(server.port)}
        with deliverers(**environment) as them:
            them.start(4, NOW)
            assert them.ended() == [0, 0, 0, 0]
        taken = Counter(str(mail["Message-ID"]) for mail in server.mails)

    assert_all_delivered()
    assert set(taken.values()) == {1}
    assert len(taken) == MAILS + 4
    assert set(Notice.objects.filter(channel="mail").exclude(kind="cta").values_list("attempts", flat=True)) == {1}
