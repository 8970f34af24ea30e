"""The daily loop over the database: plan and apply for the first time, again with nothing changed, and with 1 % of the facts changed.

    python -m bench.loop [ACCOUNTS]                      SQLite
    python -m bench.loop [ACCOUNTS] --postgres           a private PostgreSQL server, with fsync

Each database is filled by hand (no import), then every pass runs in a process of its own, so that its peak memory is its own.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta

from bench import common

TODAY = date(2026, 11, 16)
AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
BARS = {"first": 10.0, "unchanged": 3.0}
MEMORY = 500.0
WORDS = ("Starter", "Premium", "Ultimate", "Silver")
REGIONS = ("EMEA", "US East", "US West", "APAC")


def fill(accounts: int) -> None:
    """Accounts with versions, one or two subscriptions each, a contact each, an opportunity for every third, a TAM for every tenth."""
    from django.core.management import call_command
    from django.db import transaction

    from tenure.actions import bulk, summaries
    from tenure.actions.accounts import facts_of
    from tenure.models import Account, AccountVersion, Assignment, Contact, Opportunity, Subscription, Territory, User, UserRole

    call_command("migrate", verbosity=0)
    tams = [User.objects.create(email=f"tam{n}@example.com", name=f"Tam {n}", password="!") for n in range(40)]
    boss = User.objects.create(email="mona@example.com", name="Mona", password="!")
    UserRole.objects.bulk_create([UserRole(user=tam, role="tam") for tam in tams] + [UserRole(user=boss, role="tam_manager")])
    places = [Territory.objects.create(key=region, name=region, region=region) for region in REGIONS]
    boss.territories.set(places)
    begun = TODAY - timedelta(days=500)
    rows = [
        Account(
            id=n, name=f"Account {n:07}", region=REGIONS[n % 4], territory=places[n % 4], employees=(n * 7919) % 6000,
            potential_users=(n * 31) % 7000, is_public_sector=n % 17 == 0, growth_opportunity=None, partner_owned=n % 23 == 0,
            support_hold=False, community=False, iacv_minor=(n * 104729) % 60_000_000, customer_since=begun, created_at=AT, updated_at=AT,
        )
        for n in range(1, accounts + 1)
    ]  # fmt: skip
    names = [field.column for field in Account._meta.concrete_fields]
    with transaction.atomic():
        bulk.insert(
            Account,
            names,
            ([value if name != "custom" else "{}" for name, value in ((n, getattr(r, n)) for n in names)] for r in rows),
        )
        import json

        bulk.insert(
            AccountVersion,
            ["account_id", "from_date", "facts", "recorded_at"],
            ((r.pk, begun, json.dumps(facts_of(r)), AT) for r in rows),
        )
        terms = []
        for n in range(1, accounts + 1):
            for k in range(1 + n % 2):
                start = TODAY - timedelta(days=(n * 13 + k * 97) % 360)
                seats = (n * 37 + k) % 3000
                terms.append(
                    (
                        n,
                        f"S-{n}-{k}",
                        WORDS[(n + k) % 4],
                        bool(n % 2),
                        start,
                        start + timedelta(days=365),
                        seats,
                        seats * 4800,
                        "USD",
                        False,
                        "active",
                        "{}",
                        AT,
                    )
                )
        bulk.insert(
            Subscription,
            [
                "account_id",
                "number",
                "product",
                "hosted",
                "start_date",
                "end_date",
                "seats",
                "arr_minor",
                "currency",
                "is_trial",
                "status",
                "custom",
                "recorded_at",
            ],
            terms,
        )
        flags = ("is_champion", "is_decision_maker", "is_licence_contact", "is_billing_contact")
        texts = ("salutation", "title", "role", "email", "phone")
        bulk.insert(
            Contact,
            ["account_id", "name", *texts, *flags, "custom", "created_at", "updated_at"],
            ((n, f"Contact {n}", *["x"] * 5, *[False] * 4, "{}", AT, AT) for n in range(1, accounts + 1)),
        )
        deals = (
            (n, f"Deal {n}", "discovery", "", "add_on", "USD", False, False, "{}", AT, AT) for n in range(1, accounts + 1, 3)
        )
        bulk.insert(
            Opportunity,
            [
                "account_id",
                "name",
                "stage",
                "stage_label",
                "kind",
                "currency",
                "is_closed",
                "is_won",
                "custom",
                "created_at",
                "updated_at",
            ],
            deals,
        )
        held = ((n, tams[n % 40].pk, "tam", begun, "", AT) for n in range(1, accounts + 1, 10))
        bulk.insert(Assignment, ["account_id", "user_id", "role", "from_date", "reason", "recorded_at"], held)
    started = time.perf_counter()
    summaries.refresh(None, today=TODAY)
    print(f"   (lists' rows made in {time.perf_counter() - started:.2f} s)")
    if os.environ.get("DATABASE_URL"):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")


def one_percent() -> None:
    """Change the seats and ARR of every hundredth subscription."""
    from tenure.models import Subscription

    for row in Subscription.objects.filter(pk__in=range(1, 10**7, 100)).only("pk", "seats", "arr_minor"):
        Subscription.objects.filter(pk=row.pk).update(seats=(row.seats or 0) + 2000, arr_minor=(row.arr_minor or 0) + 20_000_000)


def once(label: str) -> None:
    """Plan and apply; prints time, peak memory and what was done."""
    from tenure.runs import daily

    started = time.perf_counter()
    done = daily.apply(daily.plan(TODAY), at=AT, actor=None)
    taken = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"   {label:<12} {taken:6.2f} s   peak {peak:5.0f} MB   {done.decisions:,} decisions, {done.waiting:,} need a TAM, {done.skipped:,} skipped"
    )
    if label in BARS:
        common.verdict(f"plan + apply, {label}", taken, BARS[label], "s")
        common.verdict(f"peak memory, {label}", peak, MEMORY, "MB")


def main() -> None:
    """Fill, then each pass in its own process."""
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    accounts = int(arguments[0].replace("_", "")) if arguments else 100_000
    postgres = "--postgres" in sys.argv
    common.header(
        f"daily loop, {accounts:,} accounts, {'PostgreSQL' if postgres else 'SQLite'}", "median of 1; fresh process each"
    )
    if postgres:
        from tools import postgres as server

    with (
        tempfile.TemporaryDirectory(prefix="tenure-bench-") as home,
        server.private(durable=True) if postgres else nullcontext("") as url,
    ):
        env = {**os.environ, "TENURE_HOME": home, "DATABASE_URL": url, "BENCH_ACCOUNTS": str(accounts)}
        for step in ("fill", "first", "unchanged", "unchanged", "one_percent", "changed", "unchanged"):
            subprocess.run([sys.executable, "-m", "bench.loop", f"--step={step}"], env=env, check=True)


if __name__ == "__main__":
    step = next((a.removeprefix("--step=") for a in sys.argv if a.startswith("--step=")), "")
    if not step:
        main()
    else:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
        django.setup()
        steps = {"fill": lambda: fill(int(os.environ["BENCH_ACCOUNTS"])), "one_percent": one_percent}
        steps.get(step, lambda: once(step))()
