"""Pages by key: every row once, blanks last, both ways."""

from datetime import date, timedelta

import pytest

from tenure.models import AccountSummary
from tenure.queries import keyset
from tenure.queries.keyset import Key
from tests.world import World

ROWS = 23


@pytest.fixture
def many(world: World) -> list[AccountSummary]:
    """23 rows with ties and blanks in ARR and renewal."""
    from tenure.models import Account
    from tests.world import AT

    AccountSummary.objects.all().delete()
    made = Account.objects.bulk_create(Account(name=f"A{n:02}", created_at=AT, updated_at=AT) for n in range(ROWS))
    return AccountSummary.objects.bulk_create(
        AccountSummary(
            account=account,
            name=account.name,
            name_key=f"a{n:02}",
            arr_minor=None if n % 5 == 0 else (n % 3) * 1000,
            renewal_date=None if n % 4 == 0 else date(2027, 1, 1) + timedelta(days=n % 2),
        )
        for n, account in enumerate(made)
    )


KEYS = {
    "by name": [Key("name_key"), Key("account_id")],
    "by ARR, highest": [Key("arr_minor", True, True), Key("account_id")],
    "by ARR, lowest": [Key("arr_minor", False, True), Key("account_id")],
    "by renewal, then ARR": [Key("renewal_date", False, True), Key("arr_minor", True, True), Key("account_id")],
    "by renewal, latest": [Key("renewal_date", True, True), Key("arr_minor", False, True), Key("account_id")],
}


def expected(rows: list[AccountSummary], keys: list[Key]) -> list[int]:
    """The order by plain Python: stable sorts from the last key to the first, blanks last."""
    found = list(rows)
    for key in reversed(keys):
        filled = [row for row in found if getattr(row, key.field) is not None]
        blank = [row for row in found if getattr(row, key.field) is None]
        filled.sort(key=lambda row, name=key.field: getattr(row, name), reverse=key.descending)
        found = filled + blank
    return [row.pk for row in found]


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("name", KEYS)
def test_walking_forward_and_back_visits_every_row_once_in_order(many: list[AccountSummary], name: str, few: bool) -> None:
    keys, rows = KEYS[name], AccountSummary.objects.all()
    seen, after, pages = [], "", []

    while True:
        page = keyset.page(rows, keys, 4, after=after, few=few)
        pages.append([row.pk for row in page.rows])
        seen += pages[-1]
        if not page.after:
            break
        after = page.after
    back, before = [pages[-1]], page.before
    while before:
        page = keyset.page(rows, keys, 4, before=before, few=few)
        back.insert(0, [row.pk for row in page.rows])
        before = page.before

    assert seen == expected(many, keys)
    assert [pk for chunk in back for pk in chunk] == seen


@pytest.mark.parametrize("text", ["x", "bm90IGpzb24", keyset.token([1]), keyset.token(["a", {}]), keyset.token([None, 3])])
def test_a_place_that_cannot_be_read_is_the_first_page(many: list[AccountSummary], text: str) -> None:
    page = keyset.page(AccountSummary.objects.all(), KEYS["by name"], 4, after=text)

    assert [row.name for row in page.rows] == ["A00", "A01", "A02", "A03"]
    assert page.before == ""
