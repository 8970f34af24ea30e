"""The demo company's rows: believable, connected, and the same for the same seed."""

from collections import Counter
from datetime import date

from tenure.runs import demo_rows, demo_staff
from tenure.runs.demo_rows import Company, Row
from tenure.runs.demo_seeds import EXAMPLES

TODAY = date(2026, 11, 16)


def whole(company: Company, block: int = 1000) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {noun: [] for noun in demo_rows.NOUNS}
    for wave in range(len(company.waves)):
        for start in range(1, company.accounts + 1, block):
            for noun, rows in demo_rows.rows(company, wave, start, start + block).items():
                found[noun] += rows
    return found


def latest(rows: list[Row]) -> dict[str, Row]:
    return {row["external_id"]: row for row in rows}


def test_the_same_seed_gives_the_same_company() -> None:
    assert whole(Company.of(120, 7, TODAY)) == whole(Company.of(120, 7, TODAY))


def test_another_seed_gives_another_company_around_the_same_seven_examples() -> None:
    one, two = latest(whole(Company.of(60, 1, TODAY))["account"]), latest(whole(Company.of(60, 2, TODAY))["account"])

    assert [one[f"A-{i:06}"]["name"] for i in range(1, 8)] == [two[f"A-{i:06}"]["name"] for i in range(1, 8)]
    assert one["A-000020"] != two["A-000020"]


def test_the_size_of_the_blocks_changes_nothing() -> None:
    company = Company.of(90, 3, TODAY)

    small, big = whole(company, block=7), whole(company, block=1000)

    assert small == big


def test_every_reference_names_a_row_that_came_before_or_with_it() -> None:
    company = Company.of(300, 1, TODAY)
    people = {person.ref for person in company.people}
    accounts: set[str] = set()
    contacts: set[str] = set()
    deals: set[str] = set()
    for wave in range(len(company.waves)):
        rows = demo_rows.rows(company, wave, 1, 301)
        accounts |= set(latest(rows["account"]))
        contacts |= set(latest(rows["contact"]))
        deals |= set(latest(rows["opportunity"]))
        for row in rows["account"]:
            assert row["parent_ref"] is None or row["parent_ref"] in accounts
            assert row["owner_ref"] in people
            assert row["tam_ref"] is None or row["tam_ref"] in people
        for noun in ("contact", "subscription", "opportunity", "activity", "ticket"):
            assert {row["account_ref"] for row in rows[noun]} <= accounts
        assert {row["contact_ref"] for row in rows["activity"] + rows["ticket"]} <= contacts
        assert {row["opportunity_ref"] for row in rows["opportunity_stage"]} <= deals


def test_no_family_is_a_circle() -> None:
    company = Company.of(400, 5, TODAY)
    for number in range(1, 401):
        seen, here = {number}, company.life(number).parent
        while here is not None:
            assert here not in seen
            seen.add(here)
            here = company.life(here).parent


def test_the_company_has_customers_prospects_former_customers_and_gaps() -> None:
    rows = whole(Company.of(1000, 1, TODAY))
    accounts = latest(rows["account"]).values()

    kinds = Counter(row["kind"] for row in accounts)
    assert len(accounts) == 1000
    assert kinds["customer"] > 700
    assert min(kinds["prospect"], kinds["former"]) > 40
    assert sum(row["employees"] is None for row in accounts) > 10
    assert sum(row["potential_users"] is None for row in accounts) > 20
    assert {row["region"] for row in accounts} == {"EMEA", "US East", "US West", "APAC"}
    assert sum(not (row["title"] and row["role"] and row["email"] and row["phone"]) for row in rows["contact"]) > 300
    assert {row["product"] for row in rows["subscription"]} == {
        "Starter", "Premium", "Ultimate", "Bronze", "Silver", "Gold", "Priority Support",
    }  # fmt: skip


def test_of_a_few_customers_seats_or_the_whole_billing_are_missing() -> None:
    rows = whole(Company.of(120, 1, TODAY))
    billed = {row["account_ref"]: row["seats"] for row in rows["subscription"]}
    customers = {ref for ref, row in latest(rows["account"]).items() if row["kind"] == "customer"}

    assert {ref for ref in customers if billed.get(ref) is None} == {"A-000013", "A-000043", "A-000103"}
    assert {"A-000043", "A-000103"} & set(billed) == set()


def test_a_wave_knows_nothing_of_later_sales() -> None:
    company = Company.of(200, 1, TODAY)
    told: dict[str, list[tuple[date, int]]] = {}
    checked = 0
    for wave, day in enumerate(company.waves):
        rows = demo_rows.rows(company, wave, 1, 201)
        for row in rows["subscription"]:
            told.setdefault(row["account_ref"], []).append((row["start_date"], row["arr_minor"]))
        for row in rows["account"]:
            life = company.life(int(row["external_id"][2:]))
            if life.number <= len(EXAMPLES) or life.gap == "billing" or life.no_iacv:
                continue
            sold = [arr for start, arr in told.get(row["external_id"], []) if start <= day]
            assert row["iacv_minor"] == max(sold, default=None)
            checked += 1
    assert checked == 366


def test_a_customer_s_first_subscription_is_its_first_purchase_on_the_day_since_when_it_is_one() -> None:
    rows = whole(Company.of(300, 1, TODAY))
    accounts, bought = latest(rows["account"]), latest(rows["subscription"])
    deals = latest(rows["opportunity"])
    firsts = [row for row in bought.values() if row["start_date"] == accounts[row["account_ref"]]["customer_since"]]

    assert len({row["account_ref"] for row in firsts}) == len({row["account_ref"] for row in bought.values()}) == 259
    assert {row["external_id"][-2:] for row in firsts} == {"-1"}
    for row in firsts:
        deal = deals[f"O-{row['external_id']}"]
        assert (deal["kind"], deal["iacv_minor"], deal["close_date"]) == ("new_account", row["arr_minor"], row["start_date"])
        assert accounts[row["account_ref"]]["name"] + ": first purchase" == deal["name"]


def test_a_bigger_company_has_less_of_a_past() -> None:
    ago = {
        size: [(TODAY - day).days for day in Company.of(size, 1, TODAY).waves] for size in (20_000, 20_001, 200_001, 1_000_000)
    }

    assert ago == {20_000: [720, 540, 360, 180, 90, 30, 9, 0], 20_001: [365, 90, 0], 200_001: [0], 1_000_000: [0]}


def test_homeworld_is_what_the_handbook_s_table_says() -> None:
    rows = whole(Company.of(7, 1, TODAY))
    homeworld = latest(rows["account"])["A-000001"]
    running = [row for row in rows["subscription"] if row["account_ref"] == "A-000001" and row["end_date"] > TODAY]

    assert (homeworld["name"], homeworld["given_segment"]) == ("Homeworld Inc.", "Strategic")
    assert [(row["product"], row["hosted"], row["seats"], row["arr_minor"]) for row in running] == [
        ("Premium", False, 12_500, 125_000_000)
    ]
    assert homeworld["tam_ref"] is not None


def test_three_of_the_seven_examples_have_no_tam() -> None:
    accounts = latest(whole(Company.of(7, 1, TODAY))["account"])

    assert [row["name"] for row in accounts.values() if row["tam_ref"] is None] == [
        "The Crab Shack", "Buddwick Public Library", "Big Donut",
    ]  # fmt: skip


def test_log_ins_are_unique_and_every_manager_stands_before_the_team() -> None:
    people = demo_staff.people(1000)
    seen: set[str] = set()
    for person in people:
        assert person.email not in seen
        assert not person.manager_ref or person.manager_ref in {earlier.ref for earlier in people[: people.index(person)]}
        seen.add(person.email)
    assert Counter(person.role for person in people)["tam_manager"] == 4
    assert sum(person.main for person in people) == 13
