"""``tenure decide RULE --facts FILE.csv``: the engine for somebody who has only a spreadsheet. No database, no Django."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

import polars as pl
import typer

from tenure.cli.ending import Format, How, fail, open_pack, parse_day
from tenure.cli.factsfile import read_facts, tell
from tenure.rules.engine import ACCOUNT, ROW, decide, missing
from tenure.rules.errors import RuleError, UnknownName
from tenure.rules.explain import Check, Explanation, explain_all, plain, spoken
from tenure.rules.explanation import GIVEN
from tenure.rules.frames import RowError
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce


def decide_command(
    rule: Annotated[str, typer.Argument(help="The rule's name, for example service_tier. `tenure handbook show` lists them.")],
    facts: Annotated[
        str, typer.Option("--facts", metavar="FILE.csv", help="CSV file with one account per row; - for standard input.")
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="The day of the decision, like 2020-01-31. Default: today.")
    ] = "",
    format: How = Format.table,  # noqa: A002
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every check that was made, not only the decisive ones.")
    ] = False,
    handbook: Annotated[
        str,
        typer.Option("--handbook", envvar="TENURE_HANDBOOK", metavar="DIR", help="A handbook pack. Default: the shipped one."),
    ] = "",
) -> None:
    """Decide one rule for every row of a CSV file, and say why.

    The columns are facts: account, arr, iacv, users, potential_users, employees, product, segment, region,
    growth_opportunity, is_public_sector and the others of the handbook, in any order and any case; other columns are
    ignored, with a note. A blank cell is a missing fact, never zero. Money is in major units (100000 or 100,000.50).

    Rows are counted from 1, without the heading. A row that is none, and a cell that cannot be read, is listed as an
    error, and the exit status is 1; the rows whose facts for this rule could all be read are decided. A wrong command
    line gives 2.
    """
    pack = open_pack(handbook)
    day = parse_day(as_of)
    try:
        in_force = pack.edition(rule, day)
    except UnknownName as wrong:
        fail(f"{wrong.message} The rules: {', '.join(pack.rules)}.")
    except RuleError as wrong:
        fail(wrong.message)
    source = read_facts(facts, pack)
    errors, fact_frame = source.errors, source.fit_for(pack, day, rule)
    if format is Format.json:
        _print_json(in_force, day, _explained(fact_frame, pack, day, rule), errors, explain)
        raise typer.Exit(1 if errors else 0)
    if format is Format.csv:
        _print_csv(fact_frame, pack, day, rule, explain)
    else:
        _print_table(_explained(fact_frame, pack, day, rule), explain)
    tell(errors)
    raise typer.Exit(1 if errors else 0)


def register(app: typer.Typer) -> None:
    """Attach the command."""
    app.command("decide")(decide_command)


# --- printing

Decided = Iterator[tuple[int, str | None, Explanation]]


def _explained(fact_frame: pl.DataFrame, pack: Pack, day: date, rule: str) -> Decided:
    numbers = fact_frame[ROW].to_list()
    names = fact_frame[ACCOUNT].to_list() if ACCOUNT in fact_frame.columns else [None] * len(numbers)
    return zip(numbers, names, (found[rule] for found in explain_all(fact_frame, pack, day, [rule])), strict=True)


def _print_json(in_force: InForce, day: date, rows: Decided, errors: Sequence[RowError], everything: bool) -> None:
    """One decision per line: a big file is written as it is decided, and can be read line by line."""
    head = {"rule": in_force.rule.name, "as_of": day.isoformat(), "edition": in_force.edition.start.isoformat()}
    out = sys.stdout
    out.write(_json(head)[:-1] + ', "decisions": [')
    for i, (row, account, found) in enumerate(rows):
        item = {"row": row, "account": account, "outcome": plain(found.outcome), "missing": list(found.missing),
                "checks": _checks(found, everything), "source": GIVEN if found.status == "given" else found.source}  # fmt: skip
        if found.not_given:
            item["not_given"] = list(found.not_given)
        out.write(f"{',' if i else ''}\n {_json(item)}")
    listed = [{"row": error.row, "column": error.column, "message": error.message} for error in errors]
    out.write(f'\n], "errors": {_json(listed)}}}\n')


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _checks(found: Explanation, everything: bool) -> list[dict[str, Any]]:
    """The checks; a fact that another rule gave says which, by what edition and why."""
    return [
        {"fact": check.fact, "value": plain(check.value), "test": check.cell, "passed": check.passed}
        | ({"decided_by": _behind(found.basis[check.fact], everything)} if check.fact in found.basis else {})
        for check in (found.checks if everything else found.decisive)
    ]


def _behind(found: Explanation, everything: bool) -> dict[str, Any]:
    return {"rule": found.rule, "edition": plain(found.edition), "because": found.because, "missing": list(found.missing),
            "checks": _checks(found, everything), "source": found.source}  # fmt: skip


def _print_csv(fact_frame: pl.DataFrame, pack: Pack, day: date, rule: str, everything: bool) -> None:
    """Decided by columns: only the sentences of `--explain` are made row by row."""
    decided = decide(fact_frame, pack, day, [rule]).with_columns(fact_frame[ROW])
    asked = missing(fact_frame, pack, day, rule)
    gaps = {ROW: fact_frame[ROW].gather(asked[ROW] - 1), "missing": asked["missing"].list.join(" ")}
    decided = decided.join(pl.DataFrame(gaps), on=ROW, how="left", maintain_order="left")
    outputs = [name for name in decided.columns if name == rule or name.startswith(f"{rule}.")]
    account = pl.col(ACCOUNT) if ACCOUNT in decided.columns else pl.lit(None, pl.String).alias(ACCOUNT)
    money = {output.name for output in pack.rule(rule).outputs if output.type == "money"}
    named = [("outcome" if name == rule else name.split(".", 1)[1]) for name in outputs]
    columns = [
        _csv_column(decided[old], name in money, pack.digits).alias(name) for old, name in zip(outputs, named, strict=True)
    ]
    table = decided.select(ROW, account, *columns, "missing")
    if everything:
        table = table.with_columns(
            pl.Series("why", [found.sentence() for *_, found in _explained(fact_frame, pack, day, rule)], pl.String)
        )
    typer.echo(table.write_csv(), nl=False)


def _csv_column(column: pl.Series, money: bool, digits: int) -> pl.Series:
    if isinstance(column.dtype, pl.List):
        return column.list.eval(pl.element().cast(pl.String)).list.join("; ")
    return column / 10**digits if money else column


def _print_table(rows: Decided, everything: bool) -> None:
    shown = [(str(row), account or "", _outcome(found), found) for row, account, found in rows]
    widths = [max([len(head), *(len(item[i]) for item in shown)]) for i, head in enumerate(("Row", "Account", "Outcome"))]  # type: ignore[arg-type]
    typer.echo("  ".join(head.ljust(width) for head, width in zip(("Row", "Account", "Outcome"), widths, strict=True)) + "  Why")
    lines = []
    for row, account, outcome, found in shown:
        lines.append(f"{row.rjust(widths[0])}  {account.ljust(widths[1])}  {outcome.ljust(widths[2])}  {found.sentence()}")
        lines += [f"{' ' * (widths[0] + 2)}{line}" for line in _lines(found)] if everything else []
    if lines:
        typer.echo("\n".join(lines))


def _outcome(found: Explanation) -> str:
    return "undecided" if found.outcome is None else spoken(found.outcome)


def _lines(found: Explanation, depth: int = 0) -> Iterator[str]:
    """Every check, and under the first one of a fact that another rule gave, that rule's."""
    told: set[str] = set()
    for check in found.checks:
        yield f"{'  ' * depth}{_line(check)}"
        behind = found.basis.get(check.fact)
        if behind and check.fact not in told:
            told.add(check.fact)
            place = f"{behind.title}, edition of {behind.edition}, source: {behind.source}"
            because = f", because {behind.because}" if behind.because else ""
            yield f"{'  ' * (depth + 1)}{check.label} {check.shown}{because} ({place})"
            yield from _lines(behind, depth + 1)


def _line(check: Check) -> str:
    sign = {True: "+", False: "-", None: "?"}[check.passed]
    asked = f"asked: {check.test}{' (decisive)' if check.decisive else ''}"
    where = f"row {check.row}: " if check.row else ""
    return f"{sign} {where}{check.label} {check.shown}, {asked if check.row else check.test}"
