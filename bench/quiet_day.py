"""A quiet day of the daily run: 100,000 accounts with their work in flight, of which little has changed since yesterday.

    python -m bench.quiet_day [ACCOUNTS] [--rounds=3] [--sqlite | --postgres]      both databases unless one is named

Filled as for ``bench.loop`` (a TAM for every tenth account), with a closed past of work and a year of calls for the accounts with a TAM. Then
days of the daily run: the first raises everything, the same day again, days on which a hundredth, a fiftieth or nobody of those with a TAM is
called and hundreds of renewals come near. Each pass is a process of its own; time and memory are those of plan + apply.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import timedelta

import django
from django.db import connection, transaction

from bench import common
from bench.loop import AT, TODAY
from tools import postgres

DAY = timedelta(days=1)
PAST = 24  # closed CTAs of each account with a TAM
CALLS = 12
# label -> (days after the first, one of how many accounts with a TAM is called on the day before)
PASSES = {
    "first": (0, 0),
    "again": (0, 0),
    "quiet": (1, 0),
    "quiet, 1 % called": (2, 100),
    "quiet, 2 % called": (3, 50),
    "next": (4, 100),
}
BAR, MEMORY = 30.0, 1500.0

if __name__ == "__main__" and any(argument.startswith("--step=") for argument in sys.argv):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()
    from tenure.actions import bulk
    from tenure.models import Activity, CallToAction
    from tenure.runs import daily

ACTIVITY = (
    "account_id kind subject body happened_at planned outcome sentiment next_steps template status source draft series sequence custom recorded_at"
).split()
CTA = (
    "account_id type reason title note priority important status is_open owner_id due_date snooze_reason origin rule edition because natural_key "
    "edited tasks_open tasks_done created_at updated_at closed_at outcome_note"
).split()


def past(accounts: int) -> None:
    """Calls that were held, and work that was raised and closed, for every account with a TAM."""
    held, closed = [], []
    for n in range(1, accounts + 1, 10):
        last = TODAY - timedelta(days=n % 45 + 1)
        held += [called(n, k * 30 + n % 45 + 1) for k in range(CALLS)]
        for k in range(1, PAST + 1):
            day = last - timedelta(days=30 * k)
            key, at = f"cadence_call:{n}:{day}", AT - timedelta(days=30 * (k - 1) + n % 45 + 1)
            because = json.dumps(
                {"anchor": "last_engaged", "anchor_day": str(day), "raise_on": str(day + 23 * DAY), "owner_role": "tam"}
            )
            closed.append((
                n, "activity", "Cadence call", "Hold the cadence call", "", 1, False, "closed_success", False, None, day + 30 * DAY, "",
                "schedule", "cadence_call", TODAY, because, key, "[]", 0, 0, at, at, at, "Done",
            ))  # fmt: skip
    with transaction.atomic():
        bulk.insert(Activity, ACTIVITY, held)
        bulk.insert(CallToAction, CTA, closed)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")


def called(account: int, days_ago: int) -> tuple[object, ...]:
    """A call that was held."""
    at = AT - timedelta(days=days_ago)
    return (account, "call", "Cadence call", "", at, False, "", "green", "[]", "", "", "tenure", False, "", 0, "{}", at)


def call_some(accounts: int, day: int, share: int) -> None:
    """One of ``share`` accounts with a TAM was called on the day before."""
    some = [called(n, 1 - day) for n in range(1, accounts + 1, 10) if share and (n // 10) % share == day]
    with transaction.atomic():
        bulk.insert(Activity, ACTIVITY, some)


def once(accounts: int, label: str) -> None:
    """Plan and apply one day; the time, the peak memory and what was done go to the parent."""
    day, share = PASSES[label]
    call_some(accounts, day, share)
    started, worked = time.perf_counter(), time.process_time()
    done = daily.apply(daily.plan(TODAY + day * DAY), at=AT + day * DAY, actor=None)
    taken, cpu = time.perf_counter() - started, time.process_time() - worked
    counts = {name: value for name, value in done.counts.items() if value and name != "accounts"}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"label": label, "seconds": taken, "cpu": cpu, "mb": peak, "counts": counts}))


def measure(accounts: int, rounds: int, on_postgres: bool) -> None:
    """Fill a database ``rounds`` times, go through the days, print medians against the bars."""
    name = "PostgreSQL" if on_postgres else "SQLite"
    common.header(f"quiet day, {accounts:,} accounts, {name}", f"medians of {rounds}; plan + apply in a fresh process each")
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        server = postgres.private(durable=True) if on_postgres else nullcontext("")
        with tempfile.TemporaryDirectory(prefix="tenure-bench-") as home, server as url:
            env = {**os.environ, "TENURE_HOME": home, "DATABASE_URL": url}
            subprocess.run([sys.executable, "-m", "bench.loop", str(accounts), "--step=fill"], env=env, check=True)
            run = [sys.executable, "-m", "bench.quiet_day", str(accounts)]
            subprocess.run([*run, "--step=past"], env=env, check=True)
            for label in PASSES:
                said = subprocess.run([*run, f"--step={label}"], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
                result = json.loads(said)
                found.setdefault(label, []).append(result)
                common.row(
                    label, result["seconds"], 1, f"own CPU {result['cpu']:.2f} s, peak {result['mb']:.0f} MB, {result['counts']}"
                )
    for label, results in found.items():
        if label != "first":
            seconds = statistics.median(result["seconds"] for result in results)
            common.verdict(f"{label}, {name}", seconds, BAR, "s")
            common.verdict(f"peak memory, {label}, {name}", max(result["mb"] for result in results), MEMORY, "MB")


def main() -> None:
    """Measure, or do one step for the measuring parent."""
    numbers = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    accounts = int(numbers[0].replace("_", "")) if numbers else 100_000
    named = {name.removeprefix("--").partition("=")[0]: name.partition("=")[2] for name in sys.argv[1:] if name.startswith("--")}
    if step := named.get("step"):
        if step == "past":
            past(accounts)
        else:
            once(accounts, step)
        return
    for on_postgres in (False, True):
        if ("sqlite" not in named or not on_postgres) and ("postgres" not in named or on_postgres):
            measure(accounts, int(named.get("rounds") or 1), on_postgres)


if __name__ == "__main__":
    main()
