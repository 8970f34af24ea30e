"""The report on profiles: whose accounts they are, and who lacks nobody."""

from typing import Any

from django.test import Client

from tenure.models import AccountSummary
from tests.conftest import ClientFor
from tests.world import World


def names_of(client: Client, url: str) -> list[str]:
    return sorted(row.name for row in client.get(url).context["page"].rows)


def test_the_report_parts_customers_without_a_tam_from_prospects(
    world: World, client_for: ClientFor, django_assert_max_num_queries: Any
) -> None:
    AccountSummary.objects.filter(tam=None).update(kind="prospect")
    AccountSummary.objects.filter(account__in=[world.funland, world.beach_city]).update(kind="customer", tam=None)
    client = client_for(world.ops)

    with django_assert_max_num_queries(12):
        rows = client.get("/reports/profiles/").context["rows"]

    found = [(line.name, line.accounts, names_of(client, url)) for line, url in rows if line.person is None]
    assert [name for name, _, _ in found] == ["Customers without a TAM", "Prospects"]
    assert (found[0][1], found[0][2]) == (2, ["Beach City Corp.", "Funland Arcade"])
    for _, accounts, listed in found:
        assert len(listed) == accounts
    assert sum(line.accounts for line, _ in rows) == AccountSummary.objects.filter(deleted=False).count()
    owned = client.get("/reports/profiles/?by=owner").context["rows"]
    assert sum(line.accounts for line, _ in owned) == sum(line.accounts for line, _ in rows)
