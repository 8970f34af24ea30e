"""The rank: the database counts what the arithmetic of a row says, for every band and its edges."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from django.db.models import F

from tenure.models import AccountSummary, CallToAction
from tenure.queries import cockpit, ranking
from tests import work
from tests.handbooks import with_testing_playbooks
from tests.world import TODAY, World

LATE = (None, 400, 14, 13, 7, 6, 1, 0, -1, -7, -8, -30, -31)
RENEWAL = (None, -1, 0, 60, 61, 90, 91, 180, 181)
ARR = (None, 0, 99_999_99, 100_000_00, 250_000_00, 499_999_99, 500_000_00)


def ranks(world: World) -> dict[int, int]:
    rows = cockpit.rows(work.fresh(world.ops), TODAY, ["rank"]).annotate(counted=F("rank"))
    return dict(rows.values_list("pk", "counted"))


def test_the_database_and_the_arithmetic_agree_on_every_edge(world: World) -> None:
    accounts = world.more_accounts(len(RENEWAL) * len(ARR), name="Edge")
    for account, (days, arr) in zip(accounts, product(RENEWAL, ARR), strict=True):
        renewal = None if days is None else TODAY + timedelta(days=days)
        AccountSummary.objects.filter(pk=account.pk).update(arr_minor=arr, renewal_date=renewal)
    CallToAction.objects.bulk_create(
        CallToAction(
            account=accounts[number % len(accounts)], type="activity", title="x", priority=number % 3 + 1, important=number % 5 == 0,
            due_date=None if days is None else TODAY - timedelta(days=days), created_at=world.at, updated_at=world.at,
        )
        for number, days in enumerate(LATE * len(accounts))
    )  # fmt: skip

    counted = ranks(world)
    shown = {row.pk: ranking.of(row, TODAY).sum for row in CallToAction.objects.select_related("summary")}

    assert len(counted) == 819
    assert counted == shown
    assert (min(counted.values()), max(counted.values())) == (0, 90)


def test_a_rank_shows_each_term_with_its_points(world: World) -> None:
    AccountSummary.objects.filter(pk=world.homeworld.pk).update(arr_minor=300_000_00, renewal_date=TODAY + timedelta(days=61))
    row = work.cta(world, due_date=TODAY - timedelta(days=1), priority=1)
    CallToAction.objects.filter(pk=row.pk).update(important=True)
    found = ranking.of(CallToAction.objects.select_related("summary").get(pk=row.pk), TODAY)

    assert [(one.term.key, one.value, one.band.says if one.band else "", one.points) for one in found.terms] == [
        ("due", 1, "late", 22), ("priority", "High", "High", 20), ("important", True, "yes", 10), ("renewal", 61, "within 90 days", 10),
        ("arr", 300_000_00, ">= 250,000", 10), ("health", None, "", 0),
    ]  # fmt: skip
    assert (found.sum, found.most) == (72, 105)
    assert ranks(world) == {row.pk: 72}


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ('fact: health, bands: [{when: missing, points: 7}]', [7, 7, 7]),
        ('fact: days_late, bands: [{when: "1..3", points: 4}, {when: present, points: 1}, {when: missing, points: 2}]', [4, 1, 2]),
        ('fact: days_late, bands: [{when: "< 0", points: 9}, {when: ">= 999999999", points: 50}]', [0, 9, 0]),
        ('fact: priority, bands: [{when: [High, Medium], points: 3}]', [3, 3, 3]),
    ],
)  # fmt: skip
def test_other_bands_of_a_company_count_too(
    bands: str, expected: list[int], world: World, tmp_path: Path, settings: object
) -> None:
    folder = with_testing_playbooks(tmp_path)
    (folder / "ranking.yaml").write_text(f"ranking_source: Ours\nranking: [{{key: a, title: A, from: 2020-01-01, {bands}}}]\n")
    settings.HANDBOOK = folder  # type: ignore[attr-defined]
    days: list[date | None] = [TODAY - timedelta(days=2), TODAY + timedelta(days=2), None]
    made = [work.cta(world, due_date=day).pk for day in days]

    counted = ranks(world)
    assert [counted[pk] for pk in made] == expected
    assert {row.pk: ranking.of(row, TODAY).sum for row in CallToAction.objects.select_related("summary")} == counted
