"""``tenure handbook``: check, show, compare and copy a handbook pack. No database, no Django."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from tenure.cli.decide import Format, fail, open_pack, parse_day, read_facts
from tenure.rules import compare, lint, wording
from tenure.rules.errors import Ended, FactsError, Finding, NotYetInForce, UnknownName
from tenure.rules.frames import RowError, frame
from tenure.rules.packs import Pack, load
from tenure.rules.parts import InForce, Rule

app = typer.Typer(help="Check, show, compare and copy a handbook pack.", no_args_is_help=True)

HandbookOption = Annotated[
    str, typer.Option("--handbook", envvar="TENURE_HANDBOOK", metavar="DIR", help="A handbook pack. Default: the shipped one.")
]
DayOption = Annotated[str, typer.Option("--as-of", metavar="DATE", help="A day like 2020-01-31. Default: today.")]


def register(parent: typer.Typer) -> None:
    """Attach the commands."""
    parent.add_typer(app, name="handbook")


@app.command()
def check(
    handbook: HandbookOption = "",
    as_of: DayOption = "",
    format: Annotated[Format, typer.Option("--format", help="How to print the findings.")] = Format.table,  # noqa: A002
    quiet: Annotated[bool, typer.Option("--quiet", help="Errors and warnings only, without the acknowledged.")] = False,
) -> None:
    """Check a pack: shape, sources, life spans, tables, examples. Exit status 1 when an error is not acknowledged."""
    _, findings = lint.check_folder(handbook or None, parse_day(as_of))
    wrong = lint.open_errors(findings)
    shown = [f for f in findings if not quiet or (f.severity != "info" and not f.acknowledged)]
    if format is Format.json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in shown], "errors": len(wrong)}, indent=1))
    else:
        for finding in shown:
            typer.echo(_told(finding))
        counts = ", ".join(f"{sum(f.severity == kind for f in findings)} {kind}s" for kind in ("error", "warning"))
        known = sum(finding.acknowledged for finding in findings)
        typer.echo(f"{len(findings)} findings: {counts}, {known} acknowledged; {len(wrong)} errors to mend.")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def show(
    rule: Annotated[str, typer.Argument(help="A rule's name. Without it: the list of rules.")] = "",
    as_of: DayOption = "",
    handbook: HandbookOption = "",
) -> None:
    """Show the rules in force on a day, or one rule as a table in words with its sources and history."""
    pack, day = open_pack(handbook), parse_day(as_of)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    if not rule:
        console.print(f"{pack.handbook.name}, as of {day}\n")
        console.print(_list(pack, day))
        return
    try:
        known = pack.rule(rule)
        in_force = pack.edition(rule, day)
    except UnknownName as error:
        fail(error.message)
    except (NotYetInForce, Ended) as error:
        console.print(f"{error.message}\n")
        console.print(_history(known, None))
        raise typer.Exit(2) from None
    for part in _rule(known, in_force, pack):
        console.print(part)


@app.command()
def diff(
    as_of: Annotated[list[str], typer.Option("--as-of", metavar="DATE", help="The day; give it twice to compare two days.")] = [],  # noqa: B006
    other: Annotated[str, typer.Option("--other", metavar="DIR", help="Compare with this pack.")] = "",
    facts: Annotated[str, typer.Option("--facts", metavar="FILE.csv", help="Also list the accounts whose outcome changes.")] = "",
    handbook: HandbookOption = "",
    format: Annotated[Format, typer.Option("--format", help="How to print the differences.")] = Format.table,  # noqa: A002
) -> None:
    """Show the rules that differ between two days, or between two packs, and the accounts that would change."""
    days = [parse_day(text) for text in as_of] or [parse_day("")]
    if len(days) > 2 or (len(days) == 1 and not other):
        fail("give --as-of twice to compare two days, or --other DIR to compare two packs")
    before = open_pack(handbook)
    after = open_pack(other) if other else before
    changes = compare.rules(before, days[0], after, days[-1])
    moved, errors = _moved(facts, before, days[0], after, days[-1]) if facts else (None, [])
    if format is Format.json:
        typer.echo(json.dumps(_json(changes, moved, errors), indent=1, ensure_ascii=False, default=str))
    elif format is Format.csv:
        typer.echo(moved.write_csv() if moved is not None else _csv(changes), nl=False)
    else:
        _print_changes(changes, moved)
    if format is not Format.json:
        for error in errors:
            typer.echo(f"Row {error.row}, {error.column}: {error.message}", err=True)
    raise typer.Exit(1 if errors else 0)


@app.command()
def init(directory: Annotated[str, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Copy the shipped pack to a folder of your own, to be changed there and kept in Git."""
    target = Path(directory)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        fail(f"'{directory}' is not an empty folder; nothing was copied")
    pack = load(None)
    try:
        for name, text in pack.texts.items():
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        fail(f"cannot write to '{directory}': {error.strerror}")
    typer.echo(f"Copied {len(pack.texts)} files to {directory}. Use it with TENURE_HANDBOOK={directory} and check it with:")
    typer.echo(f"  tenure handbook check --handbook {directory}")


# --- in words


def _told(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    known = f"\n    acknowledged: {finding.reason}" if finding.acknowledged else ""
    path = f" {finding.path}:" if finding.path else ""
    return f"{place or 'pack'}: {finding.severity} {finding.code}{path} {finding.message}{known}"


def _list(pack: Pack, day: date) -> Table:
    table = _table("Rule", "Title", "In force since", "Source")
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    in_force = pack.in_force(day)
    for rule in pack.rules.values():
        held = in_force.get(rule.name)
        since = str(held.since) if held else "not in force"
        table.add_row(rule.name, rule.title, since, held.source if held else rule.source)
    return table


def _rule(rule: Rule, in_force: InForce, pack: Pack) -> list[Any]:
    edition = in_force.edition
    named = f", alternative '{edition.alternative}'" if edition.alternative else ""
    head = [f"{rule.title} ({rule.name})", f"Edition from {edition.start}{named}; in force since {in_force.since}; hit policy: {edition.hit}",
            f"Source: {in_force.source}"]  # fmt: skip
    head += [f"Note: {edition.note}"] if edition.note else []
    rows = _table("Row", "When", *(output.name for output in rule.outputs), "Note")
    for row in in_force.rows:
        then = [wording.value(value, output, pack) for value, output in zip(row.then, rule.outputs, strict=True)]
        rows.add_row(str(row.number), wording.condition(row, pack), *then, row.note)
    parts: list[Any] = ["\n".join(head) + "\n", rows]
    if in_force.entries:
        values = _table("Value", "Holds since", "Is", "Source")
        for name, entry in in_force.entries:
            values.add_row(name, str(entry.start), str(entry.value), entry.source or pack.values[name].source)
        parts += ["", values]
    return [*parts, "", _history(rule, in_force)]


def _history(rule: Rule, in_force: InForce | None) -> Table:
    table = _table("Edition from", "Ended", "Alternative", "Rows", "Source")
    for edition in rule.editions:
        mark = " *" if in_force and in_force.edition is edition else ""
        table.add_row(
            f"{edition.start}{mark}",
            str(edition.ended or ""),
            edition.alternative or "",
            str(len(edition.rows)),
            edition.source or rule.source,
        )
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _moved(facts: str, before: Pack, day: date, after: Pack, after_day: date) -> tuple[pl.DataFrame, list[RowError]]:
    source = read_facts(facts, before)
    for note in source.notes:
        typer.echo(f"Note: {note}", err=True)
    fact_frame, errors = frame(source.rows, before)
    try:
        return compare.accounts(fact_frame, before, day, after, after_day), sorted([*source.errors, *errors], key=lambda e: e.row)
    except FactsError as error:
        fail(str(error))


def _print_changes(changes: list[compare.RuleChange], moved: pl.DataFrame | None) -> None:
    for change in changes:
        since = f"{change.before_since or 'not in force'} -> {change.after_since or 'not in force'}"
        typer.echo(f"{change.title} ({change.rule}): {change.kind}, {since}")
        for row in change.rows:
            typer.echo("".join(f"  {sign} {text}\n" for sign, text in (("-", row.before), ("+", row.after)) if text), nl=False)
        if change.before_source != change.after_source:
            typer.echo(f"    source: {change.before_source or '-'} -> {change.after_source or '-'}")
    if not changes:
        typer.echo("No rule differs.")
    if moved is not None:
        typer.echo(f"\n{moved.height} outcomes change" + (":" if moved.height else "."))
        for account, rule, old, new in moved.iter_rows():
            typer.echo(f"  {account}: {rule} {old or 'nothing'} -> {new or 'nothing'}")


def _json(changes: list[compare.RuleChange], moved: pl.DataFrame | None, errors: list[RowError]) -> dict[str, Any]:
    found: dict[str, Any] = {"rules": [asdict(change) for change in changes]}
    if moved is not None:
        found["accounts"] = moved.to_dicts()
        found["errors"] = [{"row": e.row, "column": e.column, "message": e.message} for e in errors]
    return found


def _csv(changes: list[compare.RuleChange]) -> str:
    rows = [(c.rule, r.kind, r.before, r.after) for c in changes for r in (c.rows or (compare.RowChange(c.kind, "", ""),))]
    return pl.DataFrame(rows, schema=["rule", "kind", "before", "after"], orient="row").write_csv()
