"""The engine against a naive reference that walks rows and cells one by one."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tenure.rules.engine import decide, missing
from tenure.rules.explain import explain_all
from tenure.rules.frames import frame
from tenure.rules.packs import load
from tests.rules.conftest import write

DAY = date(2020, 1, 1)
PRODUCTS = ["Core", "Starter", "Premium", "Ultimate"]
RESULTS = ["A", "B", "C"]
Cells = dict[str, Any]

numbers = st.sampled_from(["> 2", ">= 2", "< 2", "<= 4", "= 3", "2..4", "missing", "present"])
words = st.one_of(
    st.sampled_from(["Premium", ">= Premium", "< Starter", "missing", "-"]),
    st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=3, unique=True),
)
cells = st.fixed_dictionaries(
    {}, optional={"users": numbers, "potential_users": numbers, "product": words, "upgrade": st.booleans()}
)
rows = st.fixed_dictionaries(
    {"then": st.sampled_from(["A", "B", "A", "B", "C"])},
    optional={"when": cells, "any": st.lists(cells.filter(bool), min_size=1, max_size=3)},
)
tables = st.lists(rows, min_size=1, max_size=7)
facts = st.fixed_dictionaries(
    {
        "users": st.sampled_from([None, 1, 2, 3, 4, 5]),
        "potential_users": st.sampled_from([None, 2, 3]),
        "product": st.sampled_from([None, *PRODUCTS]),
        "upgrade": st.sampled_from([None, True, False]),
    }
)


def one(cell: Any, value: Any, lenient: bool) -> bool | None:
    if cell == "-":
        return True
    if cell in ("missing", "present"):
        return (value is None) == (cell == "missing")
    if value is None:
        return False if lenient else None
    if isinstance(cell, list):
        return value in cell
    if isinstance(cell, bool):
        return bool(value is cell)
    if isinstance(cell, str) and ".." in cell:
        low, high = cell.split("..")
        return int(low) <= value <= int(high)
    if cell in PRODUCTS:
        return bool(value == cell)
    op, right = cell.split(" ")
    left, edge = (PRODUCTS.index(value), PRODUCTS.index(right)) if right in PRODUCTS else (value, int(right))
    return {">": left > edge, ">=": left >= edge, "<": left < edge, "<=": left <= edge, "=": left == edge}[op]


def every(parts: Sequence[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def some(parts: Sequence[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


def truth(row: dict[str, Any], account: dict[str, Any], lenient: set[str]) -> bool | None:
    def group(asked: Cells) -> bool | None:
        return every([one(cell, account[name], name in lenient) for name, cell in asked.items()])

    return every([group(row.get("when", {})), *([some([group(item) for item in row["any"]])] if "any" in row else [])])


def reference(table: list[dict[str, Any]], account: dict[str, Any], hit: str, optional: list[str]) -> Any:
    groups = [asked for row in table for asked in (row.get("when", {}), *row.get("any", []))]
    lenient = {name for asked in groups for name, cell in asked.items() if cell == "missing"} | set(optional)
    truths = [truth(row, account, lenient) for row in table]
    if hit == "first":
        end = truths.index(True) + 1 if True in truths else len(table)
        reachable = {row["then"] for row, known in zip(table[:end], truths, strict=False) if known is not False}
        return reachable.pop() if len(reachable) == 1 and True in truths else None
    by_result = {
        result: some([known for row, known in zip(table, truths, strict=True) if row["then"] == result])
        for result in dict.fromkeys(row["then"] for row in table)
    }
    if hit == "collect":
        return None if None in by_result.values() else [result for result, known in by_result.items() if known]
    possible = [result for result, known in by_result.items() if known is not False]
    return possible[0] if len(possible) == 1 and by_result[possible[0]] else None


@settings(  # without shrinking: tables are small, and shrinking one takes minutes
    max_examples=80,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    table=tables,
    accounts=st.lists(facts, min_size=8, max_size=20),
    hit=st.sampled_from(["first", "first", "first", "unique", "collect"]),
    wanted=st.sets(st.sampled_from(["users", "potential_users", "product", "upgrade"])),
)
def test_the_engine_and_its_explanations_agree_with_a_naive_reference(
    table: list[dict[str, Any]], accounts: list[dict[str, Any]], hit: str, wanted: set[str]
) -> None:
    asked_for = {
        name
        for row in table
        for cells in (row.get("when", {}), *row.get("any", []))
        for name, cell in cells.items()
        if cell != "-"
    }
    optional = sorted(wanted & asked_for)
    edition = {"from": "2018-06-01", "hit": hit, "rows": table, "optional": optional}
    rule = {"title": "R", "source": "P", "outputs": [{"name": "r", "type": "enum", "values": RESULTS}], "editions": [edition]}
    with TemporaryDirectory() as folder:
        write(Path(folder), {})
        with (Path(folder) / "rules.yaml").open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump({"rules": {"r": rule}}, file)
        pack = load(folder)
    known, errors = frame(accounts, pack)
    assert errors == []

    decided = decide(known, pack, DAY)["r"].to_list()
    explained = [found["r"] for found in explain_all(known, pack, DAY)]
    asked = dict(missing(known, pack, DAY, "r").select("row", "missing").iter_rows())

    assert decided == [reference(table, account, hit, optional) for account in accounts]
    assert [found.outcome for found in explained] == decided
    open_rows = {number: sorted(found.missing) for number, found in enumerate(explained, 1) if found.status == "undecided"}
    assert open_rows == {number: sorted(names) for number, names in asked.items()}
