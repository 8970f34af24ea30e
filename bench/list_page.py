"""The accounts list: server time of one request over a mix of filters, sorts and depths; and the page query against one of 1,000 rows.

    python -m bench.list_page [ACCOUNTS]                                    SQLite
    python -m tools.postgres python -m bench.list_page [ACCOUNTS]           PostgreSQL

Each request goes through the whole stack in one process: session, rights, queries, template.
"""

import os
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import common

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = date.today()  # noqa: DTZ011 - the pages ask for today themselves
SEGMENTS, GEMS, REGIONS = ("SMB", "Mid-Market", "Large", "Strategic"), ("Quartz", "Ruby", "Sapphire", "Pearl", "Diamond"), ("EMEA", "APAC", "US East", "US West")
MIX = {
    "plain, ARR": "sort=-arr",
    "by name": "sort=name",
    "by renewal, then ARR": "sort=renewal,-arr",
    "segment": "f=segment:is:Large",
    "segment, region, gemstone": "f=segment:is:Large&f=region:is:EMEA&f=gemstone:is:Pearl&sort=renewal",
    "ARR or licences": "f=arr:gt:400000|users:gt:4500&sort=-users",
    "book of one TAM": "f=tam:is:1&sort=renewal",
    "name holds 99": "q=99&sort=name",
    "renewing in 90 days": "f=renewal:next:90&sort=renewal",
    "a filter that hits nothing": "f=segment:is:Nowhere&sort=renewal,-arr",
    "grouped by gemstone": "group=gemstone",
}
BARS = {"p50": 30.0, "p95": 60.0, "growth": 2.0}


def fill(size: int) -> Any:
    """Summary rows with ties and blanks; returns a reader who sees everything."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from tenure.actions import bulk
    from tenure.models import Account, AccountSummary, User, UserRole

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    reader = User.objects.create(email="ops@example.com", name="Ops", password="!")
    UserRole.objects.create(user=reader, role="cs_operations")
    names = ["id", "name", "kind", "region", "country", "industry", "website", "currency", "given_segment", "stated_product", "custom", "created_at", "updated_at"]
    summary = {
        "account_id": lambda n: n, "name": lambda n: f"Account {n:07}", "name_key": lambda n: f"account {n * 7919 % size:07}", "kind": lambda n: "customer",
        "region": lambda n: REGIONS[n % 4], "product": lambda n: "Premium", "product_rank": lambda n: n % 4,
        "arr_minor": lambda n: None if n % 50 == 0 else n * 104729 % 60_000_000, "users": lambda n: n * 31 % 5000,
        "renewal_date": lambda n: None if n % 20 == 0 else TODAY + timedelta(days=n * 17 % 720), "segment": lambda n: SEGMENTS[n * 7 % 4],
        "segment_rank": lambda n: n * 7 % 4, "gemstone": lambda n: GEMS[n * 13 % 5], "gemstone_rank": lambda n: n * 13 % 5, "service_tier": lambda n: "Tier 4",
        "service_tier_rank": lambda n: 0, "tam_id": lambda n: reader.pk if n % 900 == 0 else None, "tam_name": lambda n: "Ops" if n % 900 == 0 else "",
        "coverage": lambda n: "", "engagement_plan": lambda n: "", "support_level": lambda n: "", "tam_eligible": lambda n: "No", "owner_name": lambda n: "",
        "subscriptions": lambda n: 1, "contacts": lambda n: 1, "overridden": lambda n: False, "deleted": lambda n: False,
    }  # fmt: skip
    with transaction.atomic():
        bulk.insert(Account, names, ([n, f"Account {n:07}", "customer", "", "", "", "", "USD", "", "", "{}", AT, AT] for n in range(1, size + 1)))
        bulk.insert(AccountSummary, list(summary), ([make(n) for make in summary.values()] for n in range(1, size + 1)))
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return reader


def ask(client: Any, query: str, n: int = 15) -> list[float]:
    """Seconds of ``n`` requests, warm."""
    taken = []
    for _ in range(n + 2):
        started = time.perf_counter()
        answer = client.get(f"/accounts/?{query}", headers={"host": "localhost"})
        taken.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise SystemExit(f"{query}: status {answer.status_code}")
    return taken[2:]


def deep(client: Any, size: int) -> str:
    """The address of the page at 90 % depth by renewal."""
    from tenure.models import AccountSummary
    from tenure.queries import keyset

    row = AccountSummary.objects.exclude(renewal_date=None).order_by("renewal_date", "-arr_minor", "account_id")[int(size * 0.9)]
    return f"sort=renewal,-arr&after={keyset.token([row.renewal_date, row.arr_minor, row.account_id])}"


def measure(size: int) -> dict[str, list[float]]:
    """Request times by kind of request, on rows of this size."""
    from django.test import Client

    if tables():
        raise SystemExit("This fills the database that it measures: give it an empty one.")
    reader = fill(size)
    client = Client()
    client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    mix = {**MIX, "page at 90 % depth": deep(client, size)}
    return {name: ask(client, query) for name, query in mix.items()}


def tables() -> list[str]:
    """What the database holds already: this must run on an empty one."""
    from django.db import connection

    return connection.introspection.table_names()


def main(size: int) -> None:
    """Print every kind of request, the quantiles, and the bars."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.settings"
    os.environ["TENURE_HOME"] = tempfile.mkdtemp(prefix="tenure-bench-")
    import django

    django.setup()
    from django.db import connection

    common.header(f"Accounts list, {size:,} accounts, {connection.vendor}", "n = 15 requests of each kind, whole server time")
    found = measure(size)
    for name, taken in found.items():
        common.row(name, common.quantile(taken, 0.5), len(taken), f"p95 {common.quantile(taken, 0.95) * 1000:.1f} ms")
    every = [one for taken in found.values() for one in taken]
    common.verdict("p50 of all", common.quantile(every, 0.5) * 1000, BARS["p50"], "ms")
    common.verdict("p95 of all", common.quantile(every, 0.95) * 1000, BARS["p95"], "ms")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
