"""``tenure plan``, ``tenure apply``, ``tenure runs``: the daily loop from the command line."""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tenure.cli import django_setup
from tenure.cli.ending import Format, How, fail, folded, open_pack, parse_day
from tenure.queries.cells import counted

console = Console(stderr=True)
FARTHEST = timedelta(days=366)


AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day, like 2020-01-31. Default: today.")]


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    for command in (plan, apply, runs):
        app.command()(command)


def plan(
    as_of: AsOf = "",
    handbook: Annotated[
        str,
        typer.Option(
            "--handbook", metavar="DIR", help="Another handbook, to see what it would change; such a plan is never applied."
        ),
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Show the work of the days up to this one too, before it exists.")
    ] = "",
    format: How = Format.table,  # noqa: A002
) -> None:
    """Show what the handbook would change on a day, and change nothing. A later day looks ahead, and so does --until; an earlier one is
    compared with the decisions that held on it."""
    django_setup()
    today, pack = import_module("django.utils.timezone").localdate(), open_pack(handbook) if handbook else None
    day = parse_day(as_of)
    made = import_module("tenure.runs.daily").plan(day, pack, today=today, until=_last_day(day, until))
    plans = import_module("tenure.runs.plans")
    if made.is_past and (made.stored_since is None or made.as_of < made.stored_since):
        since = f"the first holds from {made.stored_since}" if made.stored_since else "none was made yet"
        console.print(f"No decision is stored for {made.as_of}: {since}. Whatever the handbook decides for that day is new.")
    if format is Format.table:
        _print_counts(plans.summary(made), made)
    elif format is Format.json:
        _print_json(made, plans)
    else:
        _print_csv(made, plans)


def _last_day(day: date, until: str) -> date | None:
    last = parse_day(until) if until else None
    if last and day < parse_day(""):
        fail("--until looks ahead: it goes with today or a day to come.")
    if last and not day <= last <= day + FARTHEST:
        fail(f"--until is a day from {day} to {day + FARTHEST}.")
    return last


def apply(as_of: AsOf = "") -> None:
    """Carry out today's plan: decisions, expired overrides, calls to action, notices. A second time changes nothing."""
    day = parse_day(as_of)
    django_setup()
    timezone, daily = import_module("django.utils.timezone"), import_module("tenure.runs.daily")
    try:
        daily.check(daily.plan(day), timezone.now())
    except import_module("tenure.actions.refusals").Refused as refused:
        fail(refused.sentence)
    queue = import_module("tenure.actions.runs").queue
    run = queue(
        "daily",
        import_module("tenure.runs.tasks").title(day),
        actor=None,
        at=timezone.now(),
        as_of=day,
        params={"from": "command line"},
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("Deciding accounts", total=None)
        watch = lambda done, total: bars.update(bar, completed=done, total=total)  # noqa: E731
        daily.execute(run, now=timezone.now, watch=watch)
    run.refresh_from_db()
    if run.status != "done":
        typer.echo(f"Error: {run.message}", err=True)
        raise typer.Exit(1)
    typer.echo(_sentence(run.counts))


def runs(
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=1000, help="How many, newest first.")] = 20,
    format: How = Format.table,  # noqa: A002
) -> None:
    """Show the latest runs."""
    django_setup()
    rows = [_run(row) for row in import_module("tenure.queries.runs").latest(number)]
    if format is Format.json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif format is Format.csv:
        writer = csv.DictWriter(sys.stdout, list(_run_names()))
        writer.writeheader()
        writer.writerows(rows)
    else:
        table = folded(*_run_names())
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        Console().print(table if rows else "No run yet.")


def _run_names() -> tuple[str, ...]:
    return ("run", "kind", "title", "status", "started", "took", "counts", "message")


def _run(row: Any) -> dict[str, Any]:
    took = f"{(row.finished_at - row.started_at).total_seconds():.1f} s" if row.finished_at and row.started_at else ""
    started = f"{row.started_at:%Y-%m-%d %H:%M}" if row.started_at else ""
    counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in row.counts.items() if count)
    return dict(zip(_run_names(), (row.pk, row.kind, row.title, row.status, started, took, counts, row.message), strict=True))


ONBOARDINGS = {"onboardings_begun": "begun", "onboardings_changed": "changed", "onboardings_completed": "completed"}
HANDOVERS = {"handovers_begun": "begun"}
WORK = {"ctas_raised": "raised", "ctas_changed": "changed", "ctas_settled": "settled", "ctas_woken": "back from their snooze"}


def _sentence(counts: dict[str, int]) -> str:
    parts = []
    if any(counts.get(name) for name in ("decisions", "waiting", "overrides_expired", "assignments_ended")):
        changed = f"{counted(counts['decisions'], 'decision')} of {counted(counts['accounts_changed'], 'account')} changed"
        parts.append(f"{changed}, {counts['waiting']:,} more need{'s' * (counts['waiting'] == 1)} a TAM")
    if done := [f"{counts[name]:,} {word}" for name, word in WORK.items() if counts.get(name)]:
        parts.append(f"CTAs: {', '.join(done)}")
    if done := [f"{counts[name]:,} {word}" for name, word in ONBOARDINGS.items() if counts.get(name)]:
        parts.append(f"onboardings: {', '.join(done)}")
    if done := [f"{counts[name]:,} {word}" for name, word in HANDOVERS.items() if counts.get(name)]:
        parts.append(f"hand-overs: {', '.join(done)}")
    changed = "; ".join(parts) or "Nothing changed"
    skipped = f"; facts of {counts['skipped']:,} could not be read, see the run" if counts["skipped"] else ""
    return f"{changed}: {counted(counts['accounts'], 'account')} looked at{skipped}."


# --- printing a plan


def _print_counts(counts: dict[tuple[str, str, str, str], int], made: Any) -> None:
    if not counts:
        typer.echo(f"Nothing to change on {_days(made)}.")
        return
    title = f"Plan for {_days(made)}" + ", against what held on that day" * made.is_past
    table = folded("change", "rule", "from", "to", "number", title=title)
    table.columns[4].justify = "right"
    for (kind, rule, before, after), number in sorted(counts.items()):
        table.add_row(kind.replace("_", " "), rule, before, after, f"{number:,}")
    Console().print(table)


def _days(made: Any) -> str:
    return f"{made.as_of} to {made.until}" if made.until else str(made.as_of)


def _print_json(made: Any, plans: Any) -> None:
    """One change per line: a big plan is written as it is worked out."""
    out = sys.stdout
    out.write(f'{{"as_of": "{made.as_of}", "handbook": "{made.pack.digest}", "changes": [')
    for number, change in enumerate(_changes(made, plans)):
        out.write(f"{',' if number else ''}\n {json.dumps(change, ensure_ascii=False)}")
    out.write("\n]}\n")


def _print_csv(made: Any, plans: Any) -> None:
    names = (
        "kind", "account_id", "account", "rule", "before", "after", "edition", "type", "title", "raise_on", "due_date", "owner", "projected",
        "playbook", "reason", "key",
    )  # fmt: skip
    writer = csv.DictWriter(sys.stdout, names, extrasaction="ignore", restval="")
    writer.writeheader()
    safe = import_module("tenure.queries.cells").safe
    writer.writerows({name: safe(value) for name, value in change.items()} for change in _changes(made, plans))


def _changes(made: Any, plans: Any) -> Iterator[dict[str, Any]]:
    try:
        for change in made.changes():
            yield plans.as_dict(change)
    except LookupError as error:
        fail(str(error))
