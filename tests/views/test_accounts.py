"""The accounts list as people use it."""

import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import load_workbook

from tenure.actions import portfolio
from tenure.models import Account, AccountSummary, Assignment, Event
from tests.conftest import ClientFor
from tests.world import AT, World


def names(client: Any, query: str = "") -> list[str]:
    """The account names on the page, in order."""
    answer = client.get(f"/accounts/?{query}")
    assert answer.status_code == 200
    page = answer.context.get("page")
    return [row.name for row in page.rows] if page else []


SEVEN = [
    "Homeworld Inc.",
    "Beach City Corp.",
    "Funland Arcade",
    "Le Hotel",
    "The Crab Shack",
    "Buddwick Public Library",
    "Big Donut",
]


def test_operations_sees_all_seven_by_arr(decided: World, client_for: ClientFor) -> None:
    assert names(client_for(decided.ops)) == SEVEN


def test_the_head_sums_what_matches(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/?f=arr:gte:300000")

    assert answer.context["known"].count == 3
    assert answer.context["known"].of == 7
    assert answer.context["known"].totals["arr"] == 206_000_000
    assert "$2,060,000" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f=gemstone:is:Diamond", ["Homeworld Inc."]),
        ("f=gemstone:any:Diamond,Ruby", ["Homeworld Inc.", "Buddwick Public Library"]),
        ("f=arr:gt:300000", ["Homeworld Inc.", "Beach City Corp."]),
        ("f=arr:lt:29700|arr:gte:1,250,000", ["Homeworld Inc.", "Big Donut"]),
        ("f=region:is:EMEA&f=product:is:Ultimate", ["Le Hotel"]),
        ("q=CRAB", ["The Crab Shack"]),
        ("f=name:starts:big", ["Big Donut"]),
        ("f=waiting:filled&sort=name", ["Beach City Corp.", "Funland Arcade", "Le Hotel"]),
        ("f=tam:filled", ["Homeworld Inc."]),
        ("f=gemstone:is:Opal", []),
    ],
)
def test_filters_find_exactly(decided: World, client_for: ClientFor, query: str, found: list[str]) -> None:
    assert names(client_for(decided.ops), query) == found


def test_my_accounts_are_those_of_the_reader(decided: World, client_for: ClientFor) -> None:
    assert names(client_for(decided.tam), "f=tam:me") == ["Homeworld Inc."]
    assert names(client_for(decided.mona), "f=tam:team") == ["Homeworld Inc."]


def test_a_tam_sees_the_own_territory_and_an_outsider_no_page(decided: World, client_for: ClientFor) -> None:
    assert names(client_for(decided.tam)) == SEVEN[:4]
    assert client_for(decided.olga).get("/accounts/").status_code == 404
    assert client_for(decided.fin).get("/accounts/").status_code == 403


@pytest.mark.parametrize(
    "query",
    ["f=", "f=arr", "f=arr:gte:abc", "f=nothing:is:1", "sort=nothing,-", "cols=nothing", "group=arr", "after=%00", "view=99999999999999999999",
     "f=renewal:next:99999999999", "f=tam:is:x", "f=arr:gte:NaN", "f=arr:gte:9e99", "as_of=no"],
)  # fmt: skip
def test_an_address_that_nobody_should_write_gives_a_list_all_the_same(decided: World, client_for: ClientFor, query: str) -> None:
    assert client_for(decided.ops).get(f"/accounts/?{query}").status_code == 200


def test_what_could_not_be_read_is_named(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/?f=arr:gte:abc")

    assert "filter arr:gte:abc" in answer.content.decode()
    assert answer.context["known"].count == 7


def test_groups_count_and_sum(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/?group=region")
    groups = {group.label: (group.count, group.arr) for group, _ in answer.context["groups"]}

    assert groups == {"EMEA": (4, 221_000_000), "US East": (2, 7_170_000), "APAC": (1, 1_800_000)}


def test_a_filter_is_added_changed_and_joined_by_an_alternative(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    first = client.get(
        "/accounts/adjust/", {"do": "filter", "column": "gemstone", "operator": "any", "value": ["Diamond", "Pearl"]}
    )
    query = first.url.partition("?")[2]
    joined = client.get(
        "/accounts/adjust/", {"do": "filter", "state": query, "to": "0", "column": "arr", "operator": "lt", "value": "20,000"}
    )
    changed = client.get(
        "/accounts/adjust/",
        {
            "do": "filter",
            "state": joined.url.partition("?")[2],
            "at": "0.0",
            "column": "gemstone",
            "operator": "is",
            "value": "Ruby",
        },
    )

    assert first.url == "/accounts/?f=gemstone:any:Diamond,Pearl"
    assert names(client, joined.url.partition("?")[2]) == ["Homeworld Inc.", "Beach City Corp.", "Funland Arcade", "Big Donut"]
    assert names(client, changed.url.partition("?")[2]) == ["Buddwick Public Library", "Big Donut"]


def test_the_number_of_queries_does_not_grow_with_rows(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    counts = []
    for size in (7, 37):
        extra = Account.objects.bulk_create(Account(name=f"X{n}", created_at=AT, updated_at=AT) for n in range(size - 7))
        AccountSummary.objects.bulk_create(
            AccountSummary(account=a, name=a.name, name_key=a.name.lower(), arr_minor=n) for n, a in enumerate(extra)
        )
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/accounts/?f=arr:gte:0")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


# --- export


def test_a_csv_holds_the_matching_rows_and_no_formula(decided: World, client_for: ClientFor) -> None:
    Account.objects.filter(name="Big Donut").update(name="=cmd()")
    AccountSummary.objects.filter(name="Big Donut").update(name="=cmd()")
    answer = client_for(decided.ops).get("/accounts/export/?f=arr:lt:30000&cols=name,arr,gemstone")
    text = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert text == ["Account,ARR (USD),Gemstone", "Buddwick Public Library,29700.00,Ruby", "'=cmd(),18000.00,Quartz"]
    event = Event.objects.get(verb="account.exported")
    assert '"rows":2' in event.body


def test_a_workbook_holds_the_same(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/export/?form=xlsx&f=gemstone:is:Diamond&cols=name,arr,renewal")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()

    assert sheet[0] == ["Account", "ARR (USD)", "Renewal"]
    assert sheet[1][:2] == ["Homeworld Inc.", 1_250_000.0]


def test_who_may_not_export_gets_nothing(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.olga).get("/accounts/export/").status_code == 404
    assert Event.objects.filter(verb="account.exported").count() == 0


# --- many at once


def test_a_manager_assigns_a_tam_to_the_chosen_accounts(decided: World, client_for: ClientFor) -> None:
    ids = [decided.funland.pk, decided.le_hotel.pk]
    client_for(decided.mona).post("/accounts/assign/", {"id": ids, "user": decided.tam.pk, "reason": "New to the region"})

    started = Assignment.objects.filter(role="tam", until_date=None, account__in=ids)
    assert {(row.account_id, row.user_id, row.reason) for row in started} == {
        (pk, decided.tam.pk, "New to the region") for pk in ids
    }
    assert set(AccountSummary.objects.filter(tam=decided.tam).values_list("name", flat=True)) == {
        "Homeworld Inc.",
        "Funland Arcade",
        "Le Hotel",
    }


def test_all_that_match_are_assigned_at_once(decided: World, client_for: ClientFor) -> None:
    client_for(decided.ops).post("/accounts/assign/", {"all": "1", "query": "f=waiting:filled", "user": decided.tam.pk})

    assert AccountSummary.objects.filter(tam=decided.tam).count() == 4


def test_a_tam_assigns_nobody(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.tam).post("/accounts/assign/", {"id": [decided.funland.pk], "user": decided.tam.pk})

    assert answer.status_code == 403
    assert Assignment.objects.filter(role="tam", account=decided.funland).count() == 0


def test_all_that_match_are_taken_back_by_one_click(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    answer = client.post("/accounts/assign/", {"all": "1", "query": "f=waiting:filled", "user": decided.tam.pk}, follow=True)
    undo = re.search(r'action="(/accounts/assign/undo/[^"]+)"', answer.content.decode())
    assert undo
    assert "Tam Technical is the TAM of 3 accounts." in answer.content.decode()

    assert client_for(decided.mona).post(undo.group(1)).status_code == 404
    assert "Taken back for 3 accounts." in client.post(undo.group(1), follow=True).content.decode()
    assert AccountSummary.objects.filter(tam=decided.tam).count() == 1


def test_the_dialog_shows_the_load_of_everybody_lightest_first(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.mona).get(f"/accounts/assign/?id={decided.funland.pk}&id={decided.le_hotel.pk}")

    assert [(load.user.name, load.accounts) for load in answer.context["people"]] == [
        ("Tessa Technical", 0),
        ("Tam Technical", 1),
    ]
    assert (answer.context["count"], answer.context["arr"]) == (2, 45_000_000)


# --- parts that htmx asks for


def test_the_search_answers_with_the_list_alone_and_its_address(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/?q=hotel&f=arr:gte:5", headers={"HX-Request": "true", "HX-Target": "list"})

    assert answer.templates[0].name == "accounts/part.html"
    assert answer["HX-Push-Url"] == "/accounts/?q=hotel&f=arr:gte:5"


def test_the_views_are_counted_for_the_reader(decided: World, client_for: ClientFor) -> None:
    def counted(who: str) -> list[tuple[str, int]]:
        tabs = client_for(decided.people[who]).get("/accounts/tabs/").context["view_tabs"]
        return [(tab.label, count) for tab, count in tabs]

    assert counted("ops") == [("All", 7), ("Renewing in 90 days", 0), ("Needs a TAM", 3)]
    assert counted("tam") == [("All", 4), ("Mine", 1), ("Renewing in 90 days", 0), ("Needs a TAM", 3)]
    assert counted("mona") == [("All", 6), ("My team", 1), ("Renewing in 90 days", 0), ("Needs a TAM", 3)]


def test_a_group_opens_with_its_rows(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    inner = next(inner for group, inner in client.get("/accounts/?group=region").context["groups"] if group.label == "US East")

    assert [row.name for row in client.get(f"/accounts/rows/?{inner.query()}").context["page"].rows] == [
        "The Crab Shack",
        "Buddwick Public Library",
    ]


def test_the_form_of_a_condition_asks_for_what_its_operator_needs(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    asked = {
        query: client.get(f"/accounts/filter/?{query}").context["widget"]
        for query in (
            "column=arr",
            "column=arr&operator=between",
            "column=renewal",
            "column=tam",
            "column=tam&operator=me",
            "column=name&operator=between",
        )
    }

    assert list(asked.values()) == ["amount", "amounts", "days", "many", "nothing", "text"]
    tam = client.get("/accounts/filter/?column=tam").context["choices"]
    assert [name for _, name in tam] == ["Tam Technical", "Tessa Technical"]


def test_an_existing_condition_comes_with_its_value(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.ops).get("/accounts/filter/", {"at": "0.1", "state": "f=gemstone:is:Ruby|arr:gte:1250.50"})

    assert (answer.context["column"].key, answer.context["operator"], answer.context["values"]) == ("arr", "gte", ["1250.50"])


def test_sorts_and_columns_are_changed_by_their_forms(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    sorts = client.get(
        "/accounts/adjust/", {"do": "sort", "by": ["renewal", "", "arr", "renewal"], "dir": ["asc", "asc", "desc", "desc"]}
    )
    columns = client.get("/accounts/adjust/", {"do": "columns", "state": "q=a", "cols": ["name", "tam", "nothing"]})
    usual = client.get("/accounts/adjust/", {"do": "columns", "state": "q=a&cols=name", "usual": "1"})

    assert (sorts.url, columns.url, usual.url) == (
        "/accounts/?sort=renewal,-arr",
        "/accounts/?q=a&cols=name,tam",
        "/accounts/?q=a",
    )


def test_a_value_that_cannot_be_read_is_said_and_nothing_is_filtered(decided: World, client_for: ClientFor) -> None:
    form = {"do": "filter", "state": "q=a", "column": "arr", "operator": "gte", "value": "a lot"}
    answer = client_for(decided.ops).get("/accounts/adjust/", form, follow=True)

    assert "filter arr:gte:a lot" in answer.content.decode()
    assert answer.context["known"].count == 4


@pytest.mark.parametrize("at", ["9.9", "0.9", "x", "-1.0", "0", "99999999999.1"])
def test_a_place_that_is_not_there_makes_a_filter_of_its_own(decided: World, client_for: ClientFor, at: str) -> None:
    form = {"do": "filter", "state": "f=arr:gte:1", "at": at, "to": "77", "column": "gemstone", "operator": "is", "value": "Ruby"}

    assert client_for(decided.ops).get("/accounts/adjust/", form).url == "/accounts/?f=arr:gte:1&f=gemstone:is:Ruby"


# --- states


def test_an_empty_list_says_what_comes_next(world: World, client_for: ClientFor) -> None:
    AccountSummary.objects.all().delete()
    portfolio.fold()

    assert "No accounts yet" in client_for(world.ops).get("/accounts/").content.decode()
    assert "No account to see yet" in client_for(world.tam).get("/accounts/").content.decode()


def test_a_filter_without_hits_offers_to_be_cleared(decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.ops).get("/accounts/?q=nobody").content.decode()

    assert "No account fits" in page
    assert "7 accounts without the filters." in page


def test_names_are_never_taken_for_markup(decided: World, client_for: ClientFor) -> None:
    AccountSummary.objects.filter(name="Big Donut").update(name="<b>Donut</b>", tam_name='"><script>', tam=decided.tam)
    page = client_for(decided.ops).get("/accounts/?q=big&group=").content.decode()

    assert "<b>Donut" not in page
    assert "<script>" not in page.partition("<main")[2]
