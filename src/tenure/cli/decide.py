"""``tenure decide RULE --facts FILE.csv``: the engine for somebody who has only a spreadsheet. No database, no Django."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import polars as pl
import typer

from tenure.rules.engine import ACCOUNT, ROW, decide, missing
from tenure.rules.errors import PackError, RuleError, suggestion
from tenure.rules.explain import Check, Explanation, explain_all, plain, spoken
from tenure.rules.facts import column_name, headings
from tenure.rules.frames import RowError, frame
from tenure.rules.packs import Pack, load
from tenure.rules.parts import InForce


class Format(StrEnum):
    """How to print decisions."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class FactsFile:
    """A CSV file as rows of fact name -> text. `notes` say what was ignored; `errors` which rows do not fit."""

    rows: list[dict[str, str]]
    columns: list[str]
    notes: list[str]
    errors: list[RowError]


def decide_command(
    rule: Annotated[str, typer.Argument(help="The rule's name, for example service_tier. `tenure handbook show` lists them.")],
    facts: Annotated[
        str, typer.Option("--facts", metavar="FILE.csv", help="CSV file with one account per row; - for standard input.")
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="The day of the decision, like 2020-01-31. Default: today.")
    ] = "",
    format: Annotated[Format, typer.Option("--format", help="How to print the decisions.")] = Format.table,  # noqa: A002
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

    Rows are counted from 1, without the heading. A row with a cell that cannot be read is listed as an error and not
    decided; the others are, and the exit status is 1. A wrong command line gives 2.
    """
    pack = open_pack(handbook)
    day = parse_day(as_of)
    try:
        in_force = pack.edition(rule, day)
    except RuleError as wrong:
        fail(wrong.message)
    source = read_facts(facts, pack)
    for note in source.notes:
        typer.echo(f"Note: {note}", err=True)
    fact_frame, errors = frame(source.rows, pack)
    errors = sorted([*errors, *source.errors], key=lambda error: error.row)
    refused = [error.row for error in source.errors]
    fact_frame = fact_frame.filter(~pl.col(ROW).is_in(refused)) if refused else fact_frame
    if format is Format.json:
        _print_json(in_force, day, _explained(fact_frame, pack, day, rule), errors, explain)
        raise typer.Exit(1 if errors else 0)
    if format is Format.csv:
        _print_csv(fact_frame, pack, day, rule, explain)
    else:
        _print_table(_explained(fact_frame, pack, day, rule), explain)
    for error in errors:
        typer.echo(f"Row {error.row}, {error.column}: {error.message}", err=True)
    raise typer.Exit(1 if errors else 0)


def register(app: typer.Typer) -> None:
    """Attach the command."""
    app.command("decide")(decide_command)


def fail(message: str) -> NoReturn:
    """End with a sentence for the user and status 2."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)


def open_pack(handbook: str) -> Pack:
    """The pack in a folder (empty: the shipped one), or the end with its errors."""
    try:
        return load(handbook or None)
    except PackError as error:
        fail(f"the handbook cannot be used:\n{error}")
    except OSError as error:
        fail(f"the handbook cannot be read: {error}")


def parse_day(text: str) -> date:
    """A day in ISO form (empty: today), or the end."""
    if not text:
        return date.today()  # noqa: DTZ011 - the command line is where the day enters
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"'{text}' is not a date like 2020-01-31")


def read_facts(path: str, pack: Pack) -> FactsFile:
    """Read a CSV file (comma, semicolon or tab; UTF-8) and name its columns by the pack's facts, or the end."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        fail(f"the file '{path}' cannot be read: {error.strerror}")
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        fail(f"the file '{path}' is not UTF-8 text; save it as 'CSV UTF-8'")
    try:
        lines = [
            line for line in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)) if any(map(str.strip, line))
        ]
    except csv.Error as error:
        fail(f"the file '{path}' is not CSV: {error}")
    if not lines:
        fail(f"the file '{path}' is empty; the first line must name the columns")
    return _named(lines[0], lines[1:], pack)


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _named(heading: Sequence[str], lines: Sequence[Sequence[str]], pack: Pack) -> FactsFile:
    known = headings(pack.facts)
    columns: dict[int, str] = {}
    notes = []
    for i, title in enumerate(heading):
        name = known.get(column_name(title), "")
        if not name:
            close = suggestion(column_name(title), known)
            notes.append(f"the column '{title}' is ignored: there is no such fact.{close}")
        elif name in columns.values():
            if name != "account":
                fail(f"two columns hold '{name}' (the second is '{title}'); keep one")
            notes.append(f"the column '{title}' is ignored: an earlier one names the account.")
        else:
            columns[i] = name
    if not columns:
        fail(f"no column is a fact; the first line must name them, for example: {', '.join(list(pack.facts)[:6])}")
    errors = [
        RowError(number, "", f"the row has {len(line)} cells, the heading {len(heading)}")
        for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line[len(heading):])
    ]  # fmt: skip
    rows = [{name: line[i] if i < len(line) else "" for i, name in columns.items()} for line in lines]
    return FactsFile(rows, list(columns.values()), notes, errors)


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
        checks = [_check(check) for check in (found.checks if everything else found.decisive)]
        item = {"row": row, "account": account, "outcome": plain(found.outcome), "missing": list(found.missing),
                "checks": checks, "source": found.source}  # fmt: skip
        out.write(f"{',' if i else ''}\n {_json(item)}")
    listed = [{"row": error.row, "column": error.column, "message": error.message} for error in errors]
    out.write(f'\n], "errors": {_json(listed)}}}\n')


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _check(check: Check) -> dict[str, Any]:
    return {"fact": check.fact, "value": plain(check.value), "test": check.cell, "passed": check.passed}


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
        lines += [f"{' ' * (widths[0] + 2)}{_line(check)}" for check in found.checks] if everything else []
    if lines:
        typer.echo("\n".join(lines))


def _outcome(found: Explanation) -> str:
    return "undecided" if found.outcome is None else spoken(found.outcome)


def _line(check: Check) -> str:
    sign = {True: "+", False: "-", None: "?"}[check.passed]
    return f"{sign} row {check.row}: {check.label} {check.shown}, asked: {check.test}{' (decisive)' if check.decisive else ''}"
