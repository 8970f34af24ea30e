"""``tenure handbook``: check, show, compare and copy a handbook pack. No database, no Django."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from tenure.cli import django_setup, handbook_work
from tenure.cli import handbook_data as data
from tenure.cli.ending import Format, How, fail, open_pack, parse_day
from tenure.cli.factsfile import read_facts, tell
from tenure.queries.cells import counted
from tenure.rules import compare, lint, wording
from tenure.rules.errors import Ended, FactsError, Finding, NotYetInForce, suggestion
from tenure.rules.frames import RowError
from tenure.rules.packs import Pack, load
from tenure.rules.parts import DatedValue, InForce, Rule

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
    format: How = Format.table,  # noqa: A002
    quiet: Annotated[bool, typer.Option("--quiet", help="Errors and warnings only, without the acknowledged.")] = False,
) -> None:
    """Check a pack: shape, sources, life spans, tables, examples. Exit status 1 when an error is not acknowledged."""
    _, findings = lint.check_folder(handbook or None, parse_day(as_of))
    wrong = lint.open_errors(findings)
    shown = [f for f in findings if not quiet or (f.severity != "info" and not f.acknowledged)]
    if format is Format.json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in shown], "errors": len(wrong)}, indent=1))
    elif format is Format.csv:
        typer.echo(data.csv_text([asdict(finding) for finding in shown], [field.name for field in fields(Finding)]), nl=False)
    else:
        for finding in shown:
            typer.echo(_told(finding))
        counts = ", ".join(counted(sum(f.severity == kind for f in findings), kind) for kind in ("error", "warning"))
        known = sum(finding.acknowledged for finding in findings)
        typer.echo(
            f"{counted(len(findings), 'finding')}: {counts}, {known} acknowledged; {counted(len(wrong), 'error')} to mend."
        )
    raise typer.Exit(1 if wrong else 0)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A rule, a value, a schedule or a playbook. Without it: the list of them.")
    ] = "",
    as_of: DayOption = "",
    handbook: HandbookOption = "",
    format: How = Format.table,  # noqa: A002
) -> None:
    """Show the rules, values, schedules and playbooks in force on a day, or one of them in words with its sources and history."""
    pack, day = open_pack(handbook), parse_day(as_of)
    try:
        if not name:
            _show_list(pack, day, format)
        elif name in pack.rules:
            _show_rule(pack, pack.rules[name], day, format)
        elif name in pack.values:
            _show_value(pack, pack.values[name], day, format)
        elif name in pack.schedules or name in pack.playbooks:
            _show_work(pack, name, day, format)
        else:
            known = [*pack.rules, *pack.values, *pack.schedules, *pack.playbooks]
            fail(
                f"There is no rule, value, schedule or playbook named '{name}'.{suggestion(name, known)} The rules: {', '.join(pack.rules)}."
            )
    except (NotYetInForce, Ended) as error:
        typer.echo(f"Error: {error.message}", err=True)
        if format is Format.table:
            _print(_past(pack, name))
        raise typer.Exit(2) from None


@app.command()
def diff(
    as_of: Annotated[list[str], typer.Option("--as-of", metavar="DATE", help="The day; give it twice to compare two days.")] = [],  # noqa: B006
    other: Annotated[str, typer.Option("--other", metavar="DIR", help="Compare with this pack.")] = "",
    facts: Annotated[
        str, typer.Option("--facts", metavar="FILE.csv", help="Also list the accounts of a file whose outcome changes.")
    ] = "",
    database: Annotated[
        bool, typer.Option("--database", help="Also list the accounts of the database whose outcome changes, on today's facts.")
    ] = False,
    handbook: HandbookOption = "",
    format: How = Format.table,  # noqa: A002
) -> None:
    """Show the rules, schedules and playbooks that differ between two days, or between two packs, and the accounts that would change."""
    days = [parse_day(text) for text in as_of] or [parse_day("")]
    if len(days) > 2 or (len(days) == 1 and not other):
        fail("give --as-of twice to compare two days, or --other DIR to compare two packs")
    if facts and database:
        fail("give --facts or --database, not both")
    before = open_pack(handbook)
    after = open_pack(other) if other else before
    sides = (before, days[0], after, days[-1])
    changes = [*compare.rules(*sides), *compare.work(*sides)]
    moved, errors = _moved(facts, sides) if facts else (_held(sides), []) if database else (None, [])
    if format is Format.json:
        typer.echo(json.dumps(data.differences(changes, moved, errors), indent=1, ensure_ascii=False, default=str))
    elif format is Format.csv:
        typer.echo(data.csv_text(data.lines(changes, moved), data.CHANGE), nl=False)
    else:
        _print_changes(changes, moved)
    if format is not Format.json:
        tell(errors)
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


def _show_list(pack: Pack, day: date, how: Format) -> None:
    work = [*handbook_work.schedules(pack, day), *handbook_work.playbooks(pack, day)]
    found = [*data.rules(pack, day), *data.values(pack, day), *work]
    if how is Format.json:
        names = {f"{kind}s": [one for one in found if one["kind"] == kind] for kind in ("rule", "value", "schedule", "playbook")}
        typer.echo(json.dumps({"handbook": pack.handbook.name, "as_of": str(day), **names}, indent=1, ensure_ascii=False))
    elif how is Format.csv:
        typer.echo(data.csv_text(found, list(found[0]) if found else ["kind", "name"]), nl=False)
    else:
        parts = (_list(pack, day), "", _value_list(pack, day), *handbook_work.listed(pack, day))
        _print(f"{pack.handbook.name}, as of {day}\n", *parts)


def _show_rule(pack: Pack, rule: Rule, day: date, how: Format) -> None:
    in_force = pack.edition(rule.name, day)
    if how is Format.json:
        typer.echo(json.dumps(data.rule(rule, in_force, pack, day), indent=1, ensure_ascii=False))
    elif how is Format.csv:
        names = ["row", "when", *(output.name for output in rule.outputs), "note", "source"]
        typer.echo(data.csv_text(data.rows(rule, in_force, pack), names), nl=False)
    else:
        _print(*_rule(rule, in_force, pack))


def _show_value(pack: Pack, value: DatedValue, day: date, how: Format) -> None:
    entry = pack.value(value.name, day)
    if how is Format.json:
        typer.echo(json.dumps(data.value(value, pack, day), indent=1, ensure_ascii=False))
    elif how is Format.csv:
        typer.echo(data.csv_text(data.entries(value), ["from", "value", "ended", "alternative", "source", "note"]), nl=False)
    else:
        read = ", ".join(data.readers(value, pack)) or "no table"
        head = [f"{value.title} ({value.name})", f"{entry.value} {value.unit}".rstrip() + f", in force since {entry.start}",
                f"Source: {data.source_of(entry, value)}", f"Read by: {read}"]  # fmt: skip
        head += [f"Note: {note}" for note in (entry.note or value.note,) if note]
        _print("\n".join(head) + "\n", _entries(value, entry.start))


def _show_work(pack: Pack, name: str, day: date, how: Format) -> None:
    """A schedule or a playbook."""
    if how is Format.table:
        _print(*handbook_work.told(pack, name, day))
        return
    found = handbook_work.record(pack, name, day)
    if how is Format.json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        lines = found.get("rows") or found.get("steps") or []
        typer.echo(data.csv_text(lines, list(lines[0]) if lines else ["row"]), nl=False)


def _past(pack: Pack, name: str) -> Table:
    """The editions of something that isn't in force."""
    if name in pack.rules:
        return _history(pack.rules[name], None)
    if name in pack.values:
        return _entries(pack.values[name], None)
    return handbook_work.history(pack.schedules.get(name) or pack.playbook(name), None)


def _print(*parts: Any) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for part in parts:
        console.print(part)


def _list(pack: Pack, day: date) -> Table:
    table = _table("Rule", "Title", "In force since", "Source")
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    for one in data.rules(pack, day):
        table.add_row(one["name"], one["title"], one["in_force_since"] or "not in force", one["source"])
    return table


def _value_list(pack: Pack, day: date) -> Table:
    table = _table("Value", "Title", "Is", "In force since")
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    for one in data.values(pack, day):
        text = "" if one["value"] is None else f"{one['value']} {one['unit'] or ''}".rstrip()
        table.add_row(one["name"], one["title"], text, one["in_force_since"] or "not in force")
    return table


def _entries(value: DatedValue, held: date | None) -> Table:
    table = _table("From", "Is", "Ended", "Alternative", "Source")
    for one in data.entries(value):
        mark = " *" if held and one["from"] == str(held) else ""
        table.add_row(f"{one['from']}{mark}", str(one["value"]), one["ended"] or "", one["alternative"] or "", one["source"])
    return table


def _rule(rule: Rule, in_force: InForce, pack: Pack) -> list[Any]:
    edition = in_force.edition
    named = f", alternative '{edition.alternative}'" if edition.alternative else ""
    head = [f"{rule.title} ({rule.name})", f"Edition from {edition.start}{named}; in force since {in_force.since}; hit policy: {edition.hit}",
            f"Source: {in_force.source}"]  # fmt: skip
    head += [f"Note: {edition.note}"] if edition.note else []
    labels = ", ".join(pack.facts[name].label or name for name in edition.optional)
    head += [f"Counts only where known: {labels}"] if labels else []
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


Sides = tuple[Pack, date, Pack, date]


def _moved(path: str, sides: Sides) -> tuple[pl.DataFrame, list[RowError]]:
    """The accounts of a file; a row is left out of the rules that read a cell of it that could not be read."""
    source = read_facts(path, sides[0])
    try:
        parts = [
            compare.accounts(rows, *sides, rules) for rows, rules in source.parts((sides[0], sides[1]), (sides[2], sides[3]))
        ]
    except FactsError as error:
        fail(str(error))
    return pl.concat(parts), source.errors


def _held(sides: Sides) -> pl.DataFrame:
    """The accounts of the database."""
    django_setup()
    today = import_module("django.utils.timezone").localdate()
    found: pl.DataFrame = import_module("tenure.queries.differences").accounts(*sides, today=today)
    return found


def _print_changes(changes: list[compare.RuleChange], moved: pl.DataFrame | None) -> None:
    for change in changes:
        since = f"{change.before_since or 'not in force'} -> {change.after_since or 'not in force'}"
        typer.echo(f"{change.title} ({change.rule}): {change.kind}, {since}")
        for row in change.rows:
            typer.echo("".join(f"  {sign} {text}\n" for sign, text in (("-", row.before), ("+", row.after)) if text), nl=False)
        if change.before_source != change.after_source:
            typer.echo(f"    source: {change.before_source or '-'} -> {change.after_source or '-'}")
    if not changes:
        typer.echo("Nothing differs.")
    if moved is not None:
        typer.echo(f"\n{counted(moved.height, 'outcome')} change{'s' * (moved.height == 1)}" + (":" if moved.height else "."))
        for one in moved.to_dicts():
            who = f"{one['name']} ({one['account']})" if "name" in one else one.get("account", f"row {one.get('row')}")
            typer.echo(f"  {who}: {one['rule']} {one['before'] or 'nothing'} -> {one['after'] or 'nothing'}")
