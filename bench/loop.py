"""The daily loop over the database: plan and apply for the first time, again with nothing changed, and with 1 % of the facts changed.

    python -m bench.loop [ACCOUNTS] [--rounds=3] [--sqlite | --postgres]      both databases unless one is named

The databases are filled by hand with what an import brings, before anything is decided or listed; PostgreSQL is a private server, with
fsync. The handbook is the shipped one without its schedules: the work that they raise is measured by ``bench.quiet_day``. Every pass runs in a process of its own, so that its peak memory is its own; the time is that of plan and apply, without starting
Python.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, transaction

from bench import common
from tenure.rules import packs
from tools import postgres

TODAY = date(2026, 11, 16)
AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
BEGUN = TODAY - timedelta(days=500)
BARS = {"first": 10.0, "unchanged": 3.0}
MEMORY = 500.0
WORDS = ("Starter", "Premium", "Ultimate", "Silver")
REGIONS = ("EMEA", "US East", "US West", "APAC")
STEPS = ("first", "unchanged", "touch", "changed")

if __name__ == "__main__" and any(argument.startswith("--step=") for argument in sys.argv):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()
    from tenure.actions import bulk
    from tenure.actions.accounts import facts_of
    from tenure.models import (
        Account,
        AccountVersion,
        Assignment,
        Contact,
        Opportunity,
        Subscription,
        Territory,
        User,
        UserRole,
    )  # fmt: skip
    from tenure.runs import daily


# --- filling


def fill(accounts: int) -> None:
    """Accounts with a version, one or two subscriptions, a contact, an opportunity for every third, a TAM for every tenth."""
    call_command("migrate", verbosity=0)
    tams, places = people()
    with transaction.atomic():
        rows = companies(accounts, places)
        names = [str(field.column) for field in Account._meta.concrete_fields]
        given = ([getattr(row, name) if name != "custom" else "{}" for name in names] for row in rows)
        bulk.insert(Account, names, given)
        versions = ((row.pk, BEGUN, json.dumps(facts_of(row)), AT) for row in rows)
        bulk.insert(AccountVersion, ["account_id", "from_date", "facts", "recorded_at"], versions)
        sales(accounts)
        held = ((n, tams[n % len(tams)], "tam", BEGUN, "", AT) for n in range(1, accounts + 1, 10))
        bulk.insert(Assignment, ["account_id", "user_id", "role", "from_date", "reason", "recorded_at"], held)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")


def people() -> tuple[list[int], list["Territory"]]:
    """Forty TAMs and their manager, who covers the four territories."""
    tams = [User.objects.create(email=f"tam{n}@example.com", name=f"Tam {n}", password="!") for n in range(40)]
    boss = User.objects.create(email="mona@example.com", name="Mona", password="!")
    UserRole.objects.bulk_create([UserRole(user=tam, role="tam") for tam in tams] + [UserRole(user=boss, role="tam_manager")])
    places = [Territory.objects.create(key=region, name=region, region=region) for region in REGIONS]
    boss.territories.set(places)
    return [tam.pk for tam in tams], places


def companies(accounts: int, places: list["Territory"]) -> list["Account"]:
    """The accounts, spread over sizes and regions by their number."""
    return [
        Account(
            id=n, name=f"Account {n:07}", region=REGIONS[n % 4], territory=places[n % 4], employees=(n * 7919) % 6000,
            potential_users=(n * 31) % 7000, is_public_sector=n % 17 == 0, partner_owned=n % 23 == 0, support_hold=False,
            community=False, iacv_minor=(n * 104729) % 60_000_000, customer_since=BEGUN, created_at=AT, updated_at=AT,
        )
        for n in range(1, accounts + 1)
    ]  # fmt: skip


def sales(accounts: int) -> None:
    """Subscriptions, contacts and opportunities."""
    terms = []
    for n in range(1, accounts + 1):
        for k in range(1 + n % 2):
            start, seats = TODAY - timedelta(days=(n * 13 + k * 97) % 360), (n * 37 + k) % 3000
            end = start + timedelta(days=365)
            terms.append(
                (
                    n,
                    f"S-{n}-{k}",
                    WORDS[(n + k) % 4],
                    bool(n % 2),
                    start,
                    end,
                    seats,
                    seats * 4800,
                    "USD",
                    False,
                    "active",
                    "{}",
                    AT,
                )
            )
    names = "account_id number product hosted start_date end_date seats arr_minor currency is_trial status custom recorded_at"
    bulk.insert(Subscription, names.split(), terms)
    names = "salutation title role email phone is_champion is_decision_maker is_licence_contact is_billing_contact custom"
    given = (*["x"] * 5, *[False] * 4, "{}", AT, AT)
    contacts = ((n, f"Contact {n}", *given) for n in range(1, accounts + 1))
    bulk.insert(Contact, ["account_id", "name", *names.split(), "created_at", "updated_at"], contacts)
    names = "account_id name stage stage_label kind currency is_closed is_won custom created_at updated_at"
    deals = ((n, f"Deal {n}", "discovery", "", "add_on", "USD", False, False, "{}", AT, AT) for n in range(1, accounts + 1, 3))
    bulk.insert(Opportunity, names.split(), deals)


# --- passes


def touch() -> None:
    """Give every hundredth subscription more seats."""
    changed = "seats = seats + 2000, arr_minor = arr_minor + 20000000"
    with connection.cursor() as cursor:
        cursor.execute(f"update tenure_subscription set {changed} where id % 100 = 0")


def reset() -> None:
    """As if nothing had been decided yet."""
    with connection.cursor() as cursor:
        for table in ("decision", "event", "notice", "accountsummary", "portfoliocell"):
            cursor.execute(f"delete from tenure_{table}")
        cursor.execute("vacuum analyze" if connection.vendor == "postgresql" else "vacuum")


def once(label: str) -> None:
    """Plan and apply; the time, the peak memory and what was done go to the parent."""
    started, worked = time.perf_counter(), time.process_time()
    done = daily.apply(daily.plan(TODAY), at=AT, actor=None)
    taken, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"label": label, "seconds": taken, "cpu": cpu, "mb": peak, "decisions": done.decisions, "waiting": done.waiting}
        )
    )


def measure(accounts: int, rounds: int, on_postgres: bool) -> None:
    """Fill one database, pass over it ``rounds`` times, print medians against the bars."""
    name = "PostgreSQL" if on_postgres else "SQLite"
    common.header(f"daily loop, {accounts:,} accounts, {name}", f"medians of {rounds}; plan + apply in a fresh process each")
    found: dict[str, list[dict[str, float]]] = {}
    server = postgres.private(durable=True) if on_postgres else nullcontext("")
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as home, server as url:
        ours = shutil.copytree(packs.shipped(), f"{home}/handbook")
        for file in ("schedules.yaml", "capacity.yaml"):
            (Path(ours) / file).unlink()
        env = {**os.environ, "TENURE_HOME": home, "DATABASE_URL": url, "TENURE_HANDBOOK": ours}
        run = [sys.executable, "-m", "bench.loop", str(accounts)]
        subprocess.run([*run, "--step=fill"], env=env, check=True)
        for number in range(rounds):
            for step in ("reset", *STEPS) if number else STEPS:
                said = subprocess.run([*run, f"--step={step}"], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
                for line in said.splitlines():
                    result = json.loads(line)
                    found.setdefault(result["label"], []).append(result)
    for label, results in found.items():
        seconds, peak = statistics.median(r["seconds"] for r in results), max(r["mb"] for r in results)
        cpu = statistics.median(r["cpu"] for r in results)
        note = f"own CPU {cpu:.2f} s, peak {peak:.0f} MB, {results[0]['decisions']:,} decisions changed, {results[0]['waiting']:,} more need a TAM"
        common.row(label, seconds, len(results), note)
        if label in BARS:
            common.verdict(f"plan + apply, {label}, {name}", seconds, BARS[label], "s")
            common.verdict(f"peak memory, {label}, {name}", peak, MEMORY, "MB")


def main() -> None:
    """Measure, or do one step for the measuring parent."""
    numbers = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    accounts = int(numbers[0].replace("_", "")) if numbers else 100_000
    named = {name.removeprefix("--").partition("=")[0]: name.partition("=")[2] for name in sys.argv[1:] if name.startswith("--")}
    if step := named.get("step"):
        steps = {"fill": lambda: fill(accounts), "touch": touch, "reset": reset}
        steps.get(step, lambda: once(step))()
        return
    for on_postgres in (False, True):
        if ("sqlite" not in named or not on_postgres) and ("postgres" not in named or on_postgres):
            measure(accounts, int(named.get("rounds") or 3), on_postgres)


if __name__ == "__main__":
    main()
