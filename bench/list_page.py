"""The accounts list: server time of one request over a mix of filters, sorts, depths and readers; and the page query against 1,000 rows.

    python -m bench.list_page [ACCOUNTS]                                    SQLite
    python -m tools.postgres python -m bench.list_page [ACCOUNTS]           PostgreSQL

Each request goes through the whole stack in this process: session, rights, queries, cells, template. Rows have ties and blanks.
"""

import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import common, pages

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = date.today()  # noqa: DTZ011 - the pages ask for today themselves
SEGMENTS = ("SMB", "Mid-Market", "Large", "Strategic")
GEMS = ("Quartz", "Ruby", "Sapphire", "Pearl", "Diamond")
REGIONS = ("EMEA", "APAC", "US East", "US West")
PRODUCTS = ("Starter", "Premium", "Ultimate")
SMALL, TAMS, ROUNDS, DEEP = 1_000, 100, 15, 0.9
BARS = {"p50": 30.0, "p95": 60.0, "growth": 2.0}

BLANK = {
    "kind": "customer", "coverage": "account_manager", "engagement_plan": "", "support_level": "", "owner_name": "", "overridden": False,
    "deleted": False,
}  # fmt: skip

# what is asked: (reader, query)
MIX = {
    "as it opens: ARR": ("ops", ""),
    "by name": ("ops", "sort=name"),
    "by renewal, then ARR": ("ops", "sort=renewal,-arr"),
    "by gemstone, then ARR": ("ops", "sort=-gemstone,-arr"),
    "one segment": ("ops", "f=segment:any:Large"),
    "segment, region and gemstone": ("ops", "f=segment:any:Large&f=region:any:EMEA&f=gemstone:any:Pearl&sort=renewal"),
    "ARR or users, by users": ("ops", "f=arr:gt:400000%7Cusers:gt:4500&sort=-users"),
    "ARR between": ("ops", "f=arr:between:100000..200000"),
    "one TAM's book": ("ops", "f=tam:any:{tam}&sort=renewal"),
    "name holds 99": ("ops", "q=99&sort=name"),
    "renewing in 90 days": ("ops", "f=renewal:next:90&sort=renewal"),
    "needs a TAM": ("ops", "f=waiting:filled&sort=waiting"),
    "hits nothing, along a sort index": ("ops", "f=users:gt:999999&sort=renewal,-arr"),
    "hits 40 rows, along a sort index": ("ops", "q=1234&sort=renewal,-arr"),
    "90 % deep, by renewal": ("ops", "sort=renewal,-arr&{deep_renewal}"),
    "90 % deep, by name": ("ops", "sort=name&{deep_name}"),
    "90 % deep, by ARR, backwards": ("ops", "{back_arr}"),
    "groups by gemstone": ("ops", "group=gemstone"),
    "a manager's team": ("mona", "sort=renewal"),
    "a TAM's accounts and territory": ("tam", ""),
}


def people() -> dict[str, Any]:
    """Operations, a manager with ten TAMs, and all the TAMs."""
    from tenure.models import Territory, User, UserRole

    places = [Territory.objects.create(key=region, name=region, region=region) for region in REGIONS]
    ops, mona = (User.objects.create(email=f"{name}@example.com", name=name.title(), password="!") for name in ("ops", "mona"))
    tams = [
        User.objects.create(email=f"tam{n}@example.com", name=f"Tam {n:03}", password="!", manager=mona if n < 10 else None)
        for n in range(TAMS)
    ]
    UserRole.objects.bulk_create([UserRole(user=ops, role="cs_operations"), UserRole(user=mona, role="tam_manager")])
    UserRole.objects.bulk_create([UserRole(user=tam, role="tam") for tam in tams])
    small = Territory.objects.create(key="north", name="North", region="EMEA")
    tams[0].territories.set([small])
    return {"ops": ops, "mona": mona, "tam": tams[0], "tams": tams, "places": places, "small": small}


def fill(cast: dict[str, Any], first: int, last: int) -> None:
    """Accounts ``first`` to ``last`` with their summary rows, and a TAM for every fifth."""
    from django.db import transaction

    from tenure.actions import bulk, portfolio
    from tenure.models import Account, AccountSummary, Assignment

    tams, places = [tam.pk for tam in cast["tams"]], [place.pk for place in cast["places"]]

    def summary(n: int) -> dict[str, Any]:
        gem, segment, product, region, held = n // 7 % 5, n // 11 % 4, n // 13 % 3, n // 3 % 4, n % 5 == 0
        tam = n // 5 % TAMS
        return {
            **BLANK, "account_id": n, "name": f"Account {n:07}", "name_key": f"account {n * 7919 % 10_000_019:07}", "region": REGIONS[region],
            "territory_id": cast["small"].pk if n % 500 == 0 else places[region], "product": PRODUCTS[product], "product_rank": product,
            "arr_minor": None if n % 50 == 0 else n * 104_729 % 60_000_000, "users": n * 31 % 5000, "employees": n * 17 % 9000,
            "subscriptions": 1, "contacts": n % 7, "renewal_date": None if n % 20 == 0 else TODAY + timedelta(days=n * 17 % 720 - 30),
            "segment": SEGMENTS[segment], "segment_rank": segment, "gemstone": GEMS[gem], "gemstone_rank": gem, "service_tier": f"Tier {4 - gem % 4}",
            "service_tier_rank": gem % 4, "tam_eligible": "Yes" if n % 4 == 0 else "No", "tam_id": tams[tam] if held else None,
            "tam_name": f"Tam {tam:03}" if held else "", "needs_tam_since": TODAY - timedelta(days=n % 60) if n % 200 == 4 else None, "profile_stale": 0,
        }  # fmt: skip

    texts = ("region", "country", "industry", "website", "given_segment", "stated_product")
    names = ["id", "name", "kind", "currency", "custom", "created_at", "updated_at", *texts]
    span = range(first, last + 1)
    with transaction.atomic():
        bulk.insert(Account, names, ([n, f"Account {n:07}", "customer", "USD", "{}", AT, AT, *[""] * len(texts)] for n in span))
        bulk.insert(AccountSummary, list(summary(1)), (list(summary(n).values()) for n in span))
        held = ([n, tams[n // 5 % TAMS], "tam", TODAY, "", AT] for n in span if n % 5 == 0)
        bulk.insert(Assignment, ["account_id", "user_id", "role", "from_date", "reason", "recorded_at"], held)
        portfolio.fold()
    settle()


def settle() -> None:
    """Bring statistics up to date, and on PostgreSQL the visibility map, as autovacuum does in a running database: without it no query is
    answered from an index alone. A private server commits before its log is on disk, so that the first vacuum may come too soon."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("analyze")
            return
        for _ in range(10):
            cursor.execute("vacuum analyze")
            cursor.execute("select relallvisible::float / relpages from pg_class where relname = 'tenure_accountsummary'")
            if cursor.fetchone()[0] > 0.99:
                return
            time.sleep(1)
    raise SystemExit("PostgreSQL does not mark the pages as visible: another transaction is open.")


def mix(cast: dict[str, Any], size: int) -> dict[str, tuple[str, str]]:
    """The mix with the places at 90 % depth filled in."""
    from tenure.models import AccountSummary
    from tenure.queries import keyset

    rows, spot = AccountSummary.objects.order_by, int(size * DEEP)
    by_renewal = (
        rows("renewal_date", "-arr_minor", "account_id").exclude(renewal_date=None).exclude(arr_minor=None)[int(size * 0.8)]
    )
    by_name, by_arr = rows("name_key", "account_id")[spot], rows("-arr_minor", "account_id").exclude(arr_minor=None)[spot]
    known = {
        "tam": cast["tam"].pk,
        "deep_renewal": "after=" + keyset.token([by_renewal.renewal_date, by_renewal.arr_minor, by_renewal.pk]),
        "deep_name": "after=" + keyset.token([by_name.name_key, by_name.pk]),
        "back_arr": "before=" + keyset.token([by_arr.arr_minor, by_arr.pk]),
    }
    return {title: (reader, query.format(**known)) for title, (reader, query) in MIX.items()}


def requests(cast: dict[str, Any], asked: dict[str, tuple[str, str]]) -> dict[str, list[float]]:
    """Seconds of each kind of request, warm."""
    addressed = {title: (reader, f"/accounts/?{query or 'view=all'}") for title, (reader, query) in asked.items()}
    return {title: [wall for wall, _ in taken] for title, taken in pages.requests(cast, addressed, ROUNDS).items()}


def page_queries(cast: dict[str, Any], asked: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Median seconds of the page query alone (not the sums)."""
    from django.http import QueryDict

    from tenure.models import User
    from tenure.queries import accounts
    from tenure.views.accounts import state_of

    found = {}
    for title, (reader, query) in asked.items():
        state, user = state_of(QueryDict(query)), User.objects.get(pk=cast[reader].pk)
        if state.group:
            continue
        rows = accounts.matching(user, state, TODAY)
        known = accounts.sums(rows, user, state, TODAY)
        found[title] = common.median(
            lambda rows=rows, state=state, known=known: accounts.page(rows, state, known), n=ROUNDS, warm=2
        )
    return found


def main(size: int) -> None:
    """Print every kind of request, the quantiles, the growth of the page query, and the bars."""
    vendor = pages.begin()
    cast = people()
    fill(cast, 1, SMALL)
    small = page_queries(cast, mix(cast, SMALL))
    fill(cast, SMALL + 1, size)
    asked = mix(cast, size)
    common.header(f"Accounts list, {size:,} accounts, {vendor}", f"n = {ROUNDS} requests of each kind; 50 rows, 11 columns, sums")
    large, found = page_queries(cast, asked), requests(cast, asked)
    for title, taken in found.items():
        page = f"page query {large[title] * 1000:6.2f} ms, {small[title] * 1000:5.2f} at {SMALL:,}" if title in large else ""
        common.row(title, statistics.median(taken), ROUNDS, f"p95 {common.quantile(taken, 0.95) * 1000:6.1f} ms  {page}")
    every = [taken for part in found.values() for taken in part]
    common.verdict("p50 of all requests", common.quantile(every, 0.5) * 1000, BARS["p50"], "ms")
    common.verdict("p95 of all requests", common.quantile(every, 0.95) * 1000, BARS["p95"], "ms")
    common.verdict(
        "page query, median of the mix, against 1,000 accounts",
        statistics.median(large.values()) / statistics.median(small.values()),
        BARS["growth"],
    )
    worst = max(large, key=lambda title: large[title] / small[title])
    print(f"   the page query that grows most: {worst}, {large[worst] / small[worst]:.1f} x")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
